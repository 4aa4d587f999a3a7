//! The zip of a package: the same bytes for the same files.

use std::{fs, io::Cursor, io::Write, path::Path};

use zip::{CompressionMethod, DateTime, ZipWriter, write::SimpleFileOptions};

use crate::Error;

/// Writes `files`, whose names are relative to `folder`, to `zip`, in one folder `name`.
///
/// # Errors
/// A file cannot be read, the zip cannot be written.
pub fn archive(zip: &Path, folder: &Path, name: &str, files: &[String]) -> Result<(), Error> {
    let broken = |error: zip::result::ZipError| Error::Io {
        path: zip.to_path_buf(),
        source: error.into(),
    };
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    // The date of files depends on the machine; the earliest that a zip can hold does not.
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(DateTime::default());
    for file in files {
        let path = folder.join(file);
        let bytes = fs::read(&path).map_err(Error::io(&path))?;
        writer
            .start_file(format!("{name}/{file}"), options)
            .map_err(broken)?;
        writer.write_all(&bytes).map_err(Error::io(zip))?;
    }
    let bytes = writer.finish().map_err(broken)?.into_inner();
    fs::write(zip, bytes).map_err(Error::io(zip))
}
