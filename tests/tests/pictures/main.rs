//! The pictures of a run: the trace for Perfetto says what the log says, and the page shows it and is stepped through.

mod page;
mod perfetto;
mod runs;
