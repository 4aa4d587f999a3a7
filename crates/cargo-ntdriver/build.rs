//! Embeds the stand-ins and the examples: a list of names and contents for each folder.

use std::{
    env,
    error::Error,
    fmt::Write,
    fs, io,
    path::{Path, PathBuf},
};

fn main() -> Result<(), Box<dyn Error>> {
    let here = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let root = here.join("../..").canonicalize()?;
    let mut text = String::new();
    for (name, folder) in [("CROSS", "cross"), ("EXAMPLES", "examples")] {
        let folder = root.join(folder);
        println!("cargo::rerun-if-changed={}", folder.display());
        let mut files = Vec::new();
        collect(&folder, &mut files)?;
        files.sort();
        writeln!(text, "static {name}: &[(&str, &[u8])] = &[")?;
        for file in files {
            let within = file.strip_prefix(&folder)?.to_string_lossy();
            let within = within.replace('\\', "/");
            writeln!(
                text,
                "    ({within:?}, include_bytes!({:?})),",
                file.to_string_lossy()
            )?;
        }
        writeln!(text, "];")?;
    }
    fs::write(
        PathBuf::from(env::var("OUT_DIR")?).join("embedded.rs"),
        text,
    )?;
    Ok(())
}

/// Every file below `folder` but what cargo leaves beside sources.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.ends_with("target") || path.ends_with("Cargo.lock") {
            continue;
        }
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}
