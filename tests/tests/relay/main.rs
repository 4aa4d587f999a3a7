//! What a driver's own calls lead to, as KMDF's published source has it: callbacks inside of a call, requests across a change of
//! power, manual queues, handles that are closed meanwhile, and a device that goes away meanwhile.

mod common;
mod kept;
mod late;
mod nested;
mod shelf;
mod surprise;
