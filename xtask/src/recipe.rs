//! What the project's images have in common: how one is compiled, judged and put into files.
//!
//! cargo makes a `.dll`; a driver is called `.sys`. Between the two names stands [`inspect`](mod@crate::inspect).

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    Error, Workspace,
    command::step,
    compile::{Source, compile_over},
    inspect::Scope,
    kit::Kit,
    toolchain::Toolchain,
};

/// What to build.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Build with debug assertions and little optimisation.
    pub debug: bool,
    /// The folder for the image, instead of `image/<profile>` in the target folder, or `image/<profile>-kit`.
    pub out: Option<PathBuf>,
    /// The kit to build over, instead of the embedded bindings.
    pub kit: Option<Kit>,
}

/// A built image.
#[derive(Debug, Clone)]
pub struct Built {
    /// The image, `.sys`.
    pub sys: PathBuf,
    /// Its PDB.
    pub pdb: PathBuf,
}

/// One of the project's images: what it is made of, and who judges it.
pub(crate) struct Recipe {
    /// What it is called in messages.
    pub(crate) what: &'static str,
    /// Its manifest, from the root of the repository.
    pub(crate) manifest: &'static str,
    /// Its package.
    pub(crate) package: &'static str,
    /// The name of its library, and of the files, without an extension.
    pub(crate) name: &'static str,
    /// Inspects the image and says in a few words what it is.
    pub(crate) judge: fn(&Path, &[u8], Scope) -> Result<String, Error>,
}

impl Recipe {
    /// Builds the image by `toolchain`, inspects it, and puts `.sys` and `.pdb` side by side.
    ///
    /// # Errors
    /// cargo fails or warns of a path override; the image is not fit to load. Then no `.sys` is left behind.
    pub(crate) fn build(
        &self,
        workspace: &Workspace,
        toolchain: &Toolchain,
        options: &Options,
    ) -> Result<Built, Error> {
        let profile = if options.debug { "debug" } else { "release" };
        let out = options.out.clone().unwrap_or_else(|| {
            let over = if options.kit.is_some() { "-kit" } else { "" };
            let folder = format!("{profile}{over}");
            workspace.target().join("image").join(folder)
        });
        let built = Built {
            sys: out.join(self.name).with_extension("sys"),
            pdb: out.join(self.name).with_extension("pdb"),
        };
        // An image of an earlier build must not pass for this one's if this one fails.
        for stale in [&built.sys, &built.pdb] {
            if stale.exists() {
                fs::remove_file(stale).map_err(Error::io(stale))?;
            }
        }

        let over = match &options.kit {
            Some(kit) => format!(", over {}", kit.root().display()),
            None => String::new(),
        };
        step(&format!(
            "Building the {} ({profile}, {}{over})",
            self.what,
            toolchain.name()
        ));
        let manifest = workspace.root().join(self.manifest);
        let output = compile_over(
            workspace,
            toolchain,
            Source {
                manifest: &manifest,
                package: self.package,
                library: self.name,
                debug: options.debug,
                bare: false,
            },
            options.kit.as_ref(),
        )?;
        let scope = match toolchain {
            Toolchain::Rustup if !options.debug && options.kit.is_some() => Scope::Kit,
            Toolchain::Rustup if !options.debug => Scope::Release,
            _ => Scope::Other,
        };
        let what = (self.judge)(&output.path, &output.image, scope)?;
        step(&format!("The image is fit to load; {what}"));

        fs::create_dir_all(&out).map_err(Error::io(&out))?;
        fs::write(&built.pdb, output.pdb).map_err(Error::io(&built.pdb))?;
        fs::write(&built.sys, output.image).map_err(Error::io(&built.sys))?;
        Ok(built)
    }
}
