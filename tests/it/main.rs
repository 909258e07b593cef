//! The end-to-end tests: the `flashinfra` binary as people run it.
//!
//! One binary for all of them, because linking one is quicker than linking ten. Cases that need no Rust are in
//! `tests/scenarios`.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on should stop where it is")]

#[cfg(feature = "kubernetes")]
mod adopt_kubernetes;
#[cfg(feature = "aws")]
mod behind;
#[cfg(feature = "kubernetes")]
mod cluster;
mod commands;
#[cfg(feature = "aws")]
mod compiled;
#[cfg(feature = "kubernetes")]
mod controllers;
mod damage;
mod examples;
#[cfg(feature = "aws")]
mod flashmm;
#[cfg(feature = "kubernetes")]
mod flashmm_app;
mod formats;
mod interrupts;
mod kubeconfig;
#[cfg(feature = "kubernetes")]
mod kubernetes;
mod layers;
#[cfg(feature = "aws")]
mod live;
#[cfg(all(feature = "aws", feature = "kubernetes"))]
mod one_plan;
mod production_plan;
mod programs;
mod quickstart;
#[cfg(feature = "kubernetes")]
mod render;
mod scenarios;
mod secrets;
#[cfg(feature = "aws")]
mod server;
mod shell;
#[cfg(any(feature = "aws", feature = "kubernetes"))]
mod strike;
#[cfg(feature = "aws")]
mod sweep;
#[cfg(feature = "ledgers")]
mod team_ledgers;
#[cfg(unix)]
mod two_appliers;
#[cfg(feature = "aws")]
mod unreachable;
