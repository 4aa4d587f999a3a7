//! A KMDF driver in C meets what the framework promises: its locks, its levels, the ends of its objects.

mod callers;
mod common;
mod control;
mod disk;
mod ends;
mod files;
mod locks;
mod objects;
mod power;
mod registry;
mod snapshots;
mod stops;
