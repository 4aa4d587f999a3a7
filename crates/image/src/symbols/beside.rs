//! The PDB beside an image, and why a report has no lines where it has none.

use std::{
    fmt,
    path::{Path, PathBuf},
};

/// Why places in reports are offsets into the image instead of lines.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoLines {
    /// The image names no PDB: it has no `CodeView` record.
    NoRecord,
    /// None of these files is there.
    NoFile(Vec<PathBuf>),
    /// The PDB belongs to the image and knows no line of it.
    Stripped(PathBuf),
}

impl fmt::Display for NoLines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("reports have no lines: ")?;
        match self {
            Self::NoRecord => f.write_str(
                "the image names no PDB, for it has no CodeView record; link with /DEBUG and copy the PDB beside the image",
            ),
            Self::NoFile(paths) => {
                f.write_str("the PDB of the image is not at ")?;
                for (place, path) in paths.iter().enumerate() {
                    let between = if place == 0 { "" } else { " nor at " };
                    write!(f, "{between}{}", path.display())?;
                }
                f.write_str("; copy it there")
            }
            Self::Stripped(path) => write!(
                f,
                "{} was made without them; set `debug = \"line-tables-only\"` in the profile that builds the driver",
                path.display()
            ),
        }
    }
}

/// Where the PDB of the image `sys` is looked for: by the image's own name, then by the name that the linker recorded.
pub(crate) fn places(sys: &Path, recorded: Option<&str>) -> Vec<PathBuf> {
    let mut places = vec![sys.with_extension("pdb")];
    // The record holds a path of the machine that linked, with either separator.
    let name = recorded.and_then(|path| path.rsplit(['/', '\\']).next());
    if let Some(name) = name.filter(|name| !name.is_empty()) {
        let place = sys.with_file_name(name);
        if !places.contains(&place) {
            places.push(place);
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use std::slice;

    use super::*;

    #[test]
    fn a_renamed_image_finds_the_pdb_that_the_linker_named() {
        let of = |recorded| places(Path::new("out/renamed.sys"), recorded);
        let own = PathBuf::from("out/renamed.pdb");
        let linked = PathBuf::from("out/driver.pdb");
        assert_eq!(of(None), slice::from_ref(&own));
        assert_eq!(of(Some("")), slice::from_ref(&own));
        assert_eq!(of(Some("renamed.pdb")), slice::from_ref(&own));
        assert_eq!(of(Some("/build/driver.pdb")), [own.clone(), linked.clone()]);
        assert_eq!(of(Some("D:\\build\\driver.pdb")), [own, linked]);
    }
}
