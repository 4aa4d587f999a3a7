//! stub
pub mod device;
pub mod image;
pub mod symbols;
