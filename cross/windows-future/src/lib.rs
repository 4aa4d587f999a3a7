//! An empty `windows-future`.
//!
//! `windows` depends on it for asynchronous WinRT calls, of which a build script for kernel drivers makes none.
#![no_std]
