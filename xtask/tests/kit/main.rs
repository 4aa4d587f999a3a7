//! A kit's whole way on Linux, with a miniature kit: packages as nuget.org has them are made, merged by `setup --kit`, and the
//! images are built over what came of them, inspected, and driven.
//!
//! The headers say no more than the driver takes, the libraries import from the modules that the data names, and the
//! framework's stub library is the project's own. So what is tested is the path, and not Microsoft's files: docs/windows.md says
//! what has been built over genuine headers.
#![cfg(target_os = "linux")]

#[path = "../../../cross/wdk-build/src/embedded/data.rs"]
#[allow(dead_code, reason = "what the build script takes besides")]
mod data;
mod drives;
mod headers;
mod libraries;
mod merges;
mod miniature;
