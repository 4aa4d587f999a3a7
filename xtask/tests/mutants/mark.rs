//! The mark alone is what makes an image a mutant: sources that are otherwise the project's are refused with it, and not
//! without it.

use std::{
    env, fs,
    path::Path,
    process::{Command, Output},
};

use xtask::{
    Workspace, driver,
    inspect::{MARK, Scope, Violation},
    mutant::{Contents, SourceCopy},
    needs::{Need, ready},
    toolchain::{self, Choice},
};

use crate::build::{DRIVER, MINIPORT, compile_copy};

/// What `xtask package` says of an image; nothing where packages cannot be made here. A machine of GitHub must.
fn package(sys: &Path, out: &Path) -> Option<Output> {
    if let Err(missing) = ready(Need::Package) {
        eprintln!("SKIPPED: {missing}");
        assert!(env::var_os("GITHUB_ACTIONS").is_none(), "{missing}");
        return None;
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command
        .args(["package", "--image"])
        .arg(sys)
        .arg("--out")
        .arg(out)
        .current_dir(env!("CARGO_MANIFEST_DIR"));
    Some(command.output().unwrap())
}

#[test]
fn the_mark_alone_has_an_image_refused() {
    let workspace = Workspace::find().unwrap();
    let toolchain = toolchain::provide(Choice::default()).unwrap();
    let copy = SourceCopy::lock(&workspace).unwrap();

    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mark");
    fs::create_dir_all(&folder).unwrap();
    copy.fill(Contents::Marked).unwrap();
    for image in [DRIVER, MINIPORT] {
        let marked = compile_copy(&copy, &toolchain, &image).unwrap();
        assert_eq!(
            (image.inspect)(&marked.image),
            [Violation::Export(MARK.to_owned())]
        );
        let sys = folder.join(image.name).with_extension("sys");
        fs::write(sys, marked.image).unwrap();
    }
    let sys = folder.join(DRIVER.name).with_extension("sys");
    let out = folder.join("package");
    if let Some(output) = package(&sys, &out) {
        assert_eq!(output.status.code(), Some(1));
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains(&format!("it exports {MARK}")), "{said}");
        assert!(!out.exists());
    }

    copy.fill(Contents::Original).unwrap();
    for image in [DRIVER, MINIPORT] {
        let unmarked = compile_copy(&copy, &toolchain, &image).unwrap();
        assert_eq!((image.inspect)(&unmarked.image), []);
        // This is what a package asks of an image that it is given.
        if image.name == DRIVER.name {
            driver::judge(&sys, &unmarked.image, Scope::Other).unwrap();
        }
    }
}
