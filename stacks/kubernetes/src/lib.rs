//! Definitions of Kubernetes objects. Pure: no client and no call.
