//! Output that outlives its reader: `dirql run | head` is no error.

use std::io::{self, ErrorKind, Write};

/// Writes on, into nothing, once nothing reads any more. A run keeps its verdict and its exit code.
#[derive(Debug)]
pub struct Output<W> {
    inner: W,
    gone: bool,
}

impl<W: Write> Output<W> {
    /// Wraps a writer.
    pub const fn new(inner: W) -> Self {
        Self { inner, gone: false }
    }

    fn guard<T>(&mut self, result: io::Result<T>, otherwise: T) -> io::Result<T> {
        match result {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                self.gone = true;
                Ok(otherwise)
            }
            result => result,
        }
    }
}

impl<W: Write> Write for Output<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.gone {
            return Ok(bytes.len());
        }
        let result = self.inner.write(bytes);
        self.guard(result, bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.gone {
            return Ok(());
        }
        let result = self.inner.flush();
        self.guard(result, ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Closing(usize, ErrorKind);

    impl Write for Closing {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            match self.0.checked_sub(1) {
                Some(left) => self.0 = left,
                None => return Err(self.1.into()),
            }
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Err(self.1.into())
        }
    }

    #[test]
    fn a_reader_that_leaves_is_no_error() {
        let mut output = Output::new(Closing(1, ErrorKind::BrokenPipe));
        for _ in 0..3 {
            output.write_all(b"line\n").expect("nothing needs to read");
        }
        output.flush().expect("nothing needs to read");
        assert!(output.gone);
    }

    #[test]
    fn other_errors_are_errors() {
        let mut output = Output::new(Closing(0, ErrorKind::StorageFull));
        let error = output.write_all(b"line\n").expect_err("the disk is full");
        assert_eq!(error.kind(), ErrorKind::StorageFull);
    }
}
