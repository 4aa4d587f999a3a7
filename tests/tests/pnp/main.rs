//! `PnP` and power as the framework leads a driver through them: the order of the callbacks, and what
//! becomes of requests, threads and registers on the way.

mod common;
mod hardware;
mod order;
mod requests;
