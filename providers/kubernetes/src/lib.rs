//! The Kubernetes adapter: lists, server-side apply and deletes, for any kind that a cluster serves.
