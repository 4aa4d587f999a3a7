//! The guests in C: drivers as Microsoft's compilers build them, made by Debian's clang and lld, without a kit.
//!
//! A folder in `tests/guests` with a `variants.txt` is one. Its `.def` files say what it imports of which module: an import
//! library is made of each, by linking a module that exports just that.

use std::{
    ffi::{OsStr, OsString},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    Error, Workspace,
    command::{run, step},
    needs::{self, Need},
};

const TARGET: &str = "--target=x86_64-pc-windows-msvc";
/// What every source file is compiled with: `/GS` for each function, control-flow guard, and what a kernel has not.
const COMPILE: [&str; 16] = [
    "-ffreestanding",
    "-fshort-wchar",
    "-std=c11",
    "-O2",
    "-g",
    "-gcodeview",
    "-mno-red-zone",
    "-funwind-tables",
    "-fno-builtin",
    "-fstack-protector-all",
    "-Xclang",
    "-cfguard",
    "-Wall",
    "-Wextra",
    "-Werror",
    "-c",
];
const LINK: [&str; 9] = [
    "-driver",
    "-subsystem:native",
    "-entry:GsDriverEntry",
    "-nodefaultlib",
    "-guard:cf",
    "-merge:.00cfg=.rdata",
    "-dynamicbase",
    "-debug",
    // No path of this machine in the image.
    "-pdbaltpath:%_PDB%",
];
/// What makes a section INIT writable and executable, by the variant's flag.
const WRITABLE_INIT: (&str, &str) = ("-DWRITABLE_INIT", "-section:INIT,ERWD");

/// Builds every guest in C into `out`, `<variant>.sys` and `<variant>.pdb` of each; none, with one line, where clang or
/// lld is missing, and then `out` has none of an earlier build either.
///
/// # Errors
/// A compiler's or the file system's.
pub fn build(workspace: &Workspace, out: &Path) -> Result<(), Error> {
    for folder in folders(workspace)? {
        let variants = variants(&folder)?;
        if let Err(missing) = needs::ready(Need::C) {
            step(&format!("Skipping the guests in C: {missing}"));
            for (name, _) in variants {
                for extension in ["sys", "pdb"] {
                    let file = out.join(&name).with_extension(extension);
                    if file.exists() {
                        fs::remove_file(&file).map_err(Error::io(&file))?;
                    }
                }
            }
            continue;
        }
        let objects = workspace.target().join("image").join("c");
        fs::create_dir_all(&objects).map_err(Error::io(&objects))?;
        let libraries = import_libraries(&folder, &objects)?;
        for (name, flags) in variants {
            step(&format!("Building the guest {name} (clang)"));
            build_variant(&folder, &objects, &libraries, &name, &flags, out)?;
        }
    }
    Ok(())
}

/// The folders of guests in C.
fn folders(workspace: &Workspace) -> Result<Vec<PathBuf>, Error> {
    let parent = workspace.root().join("tests/guests");
    let mut folders = files(&parent)?;
    folders.retain(|folder| folder.join("variants.txt").exists());
    Ok(folders)
}

/// What stands in a folder, in the order of names; nothing where there is no such folder.
fn files(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let entries = fs::read_dir(folder).map_err(Error::io(folder))?;
    let mut files = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(Error::io(folder))?;
    files.sort();
    Ok(files)
}

fn with_extension(folder: &Path, extension: &str) -> Result<Vec<PathBuf>, Error> {
    let mut files = files(folder)?;
    files.retain(|file| file.extension() == Some(OsStr::new(extension)));
    Ok(files)
}

/// The variants of a guest: names, and flags of the compiler.
fn variants(folder: &Path) -> Result<Vec<(String, Vec<String>)>, Error> {
    let file = folder.join("variants.txt");
    let text = fs::read_to_string(&file).map_err(Error::io(&file))?;
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    Ok(lines
        .filter_map(|line| {
            let mut words = line.split_whitespace().map(str::to_owned);
            Some((words.next()?, words.collect()))
        })
        .collect())
}

/// An option with a path in it.
fn option(name: &str, path: &Path) -> OsString {
    let mut option = OsString::from(name);
    option.push(path);
    option
}

/// An import library for each module that a `.def` file describes.
fn import_libraries(folder: &Path, objects: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut libraries = Vec::new();
    for definition in with_extension(folder, "def")? {
        let text = fs::read_to_string(&definition).map_err(Error::io(&definition))?;
        let mut lines = text.lines();
        let names = lines.by_ref().skip_while(|line| *line != "EXPORTS").skip(1);
        // What the symbols are is all the same: a module that has them is linked, and its library is what is kept.
        let names = names.filter_map(|line| line.split_whitespace().next());
        let mut source = String::new();
        for name in names {
            source.extend(["char ", name, ";\n"]);
        }
        let stem = definition.file_stem().unwrap_or_default();
        let place = objects.join(stem);
        let file = place.with_extension("c");
        fs::write(&file, source).map_err(Error::io(&file))?;
        let object = place.with_extension("obj");
        let mut clang = Command::new("clang");
        run(clang
            .args([TARGET, "-ffreestanding", "-c"])
            .arg(&file)
            .arg("-o")
            .arg(&object))?;
        let library = place.with_extension("lib");
        let mut link = Command::new("lld-link");
        run(link
            .args(["-dll", "-noentry", "-nodefaultlib"])
            .arg(option("-def:", &definition))
            .arg(option("-out:", &place.with_extension("dll")))
            .arg(option("-implib:", &library))
            .arg(&object))?;
        libraries.push(library);
    }
    Ok(libraries)
}

fn build_variant(
    folder: &Path,
    objects: &Path,
    libraries: &[PathBuf],
    name: &str,
    flags: &[String],
    out: &Path,
) -> Result<(), Error> {
    let mut link = Command::new("lld-link");
    link.args(LINK);
    if flags.iter().any(|flag| flag == WRITABLE_INIT.0) {
        link.arg(WRITABLE_INIT.1);
    }
    let image = out.join(name).with_extension("sys");
    link.arg(option("-out:", &image))
        .arg(option("-pdb:", &image.with_extension("pdb")))
        .args(libraries);
    for source in with_extension(folder, "c")? {
        let stem = source.file_stem().unwrap_or_default().to_string_lossy();
        let object = objects.join(format!("{name}-{stem}.obj"));
        let mut clang = Command::new("clang");
        run(clang
            .arg(TARGET)
            .args(COMPILE)
            // The places of sources in the PDB begin at the root of the repository.
            .current_dir(folder)
            .args(flags)
            .arg(source.file_name().unwrap_or_default())
            .arg("-o")
            .arg(&object))?;
        link.arg(object);
    }
    run(&mut link)?;
    state_checksum(&image)
}

/// Writes the checksum into the header, which lld of Debian 12 leaves out, and which NT wants of every driver.
fn state_checksum(file: &Path) -> Result<(), Error> {
    let mut bytes = fs::read(file).map_err(Error::io(file))?;
    let damaged = |error: &dyn std::fmt::Display| Error::Program {
        line: "lld-link".to_owned(),
        outcome: format!("made {}, which is no image: {error}", file.display()),
    };
    let field = image::ImageFile::parse(&bytes)
        .map_err(|error| damaged(&error))?
        .checksum_field();
    let checksum = image::checksum(&bytes, field.start);
    bytes[field].copy_from_slice(&checksum.to_le_bytes());
    fs::write(file, bytes).map_err(Error::io(file))
}
