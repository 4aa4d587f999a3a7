//! A KMDF driver in C meets what the framework promises: its locks, its levels, the ends of its objects.

mod common;
mod control;
mod ends;
mod files;
mod locks;
mod objects;
mod power;
mod snapshots;
mod stops;
