//! The video miniport of the simulator: an image of its own, in a machine of its own.

use std::path::PathBuf;

use nt_model::Config;
use ntsim::Image;

use super::{
    SelectError,
    sim::{Comparison, Recorder, read},
};
use crate::cli::PlaceArgs;

/// Why a test of the miniport has nothing to run.
pub(crate) const MISSING: &str = "no miniport image: set DIRQL_VIDEO_IMAGE, or put dirql_video.sys beside the driver's \
     image, as `cargo xtask build` does";

/// What a test of the miniport boots.
#[derive(Debug)]
pub struct VideoPlace<'t> {
    /// The miniport.
    pub image: &'t Image,
    /// The machine. Its choices about the port driver are the default ones, unless a token or the user has named others.
    pub config: Config,
    /// Whether the machine is one under chosen policies: what is not chosen is the default then.
    pub chosen: bool,
    /// Whether the machine is as a token says.
    pub replayed: bool,
    /// What watches the machines of the test, where something does.
    pub comparison: Option<&'t Comparison>,
    /// Where what they did is kept, if it is.
    pub recorder: Option<&'t Recorder>,
}

/// The image that `DIRQL_VIDEO_IMAGE` names, which must be there, else the one beside the driver if it is there.
pub(crate) fn load(place: &PlaceArgs) -> Result<Option<Image>, SelectError> {
    let asked = std::env::var_os("DIRQL_VIDEO_IMAGE").map(PathBuf::from);
    let beside = || {
        place
            .image
            .as_ref()?
            .parent()
            .map(|folder| folder.join("dirql_video.sys"))
    };
    let image = match asked {
        Some(image) if image.is_file() => image,
        Some(image) => {
            return Err(SelectError::Missing(format!(
                "there is no miniport image at {}, which DIRQL_VIDEO_IMAGE names: `cargo xtask build` builds it and \
                 prints its path",
                image.display()
            )));
        }
        None => match beside().filter(|image| image.is_file()) {
            Some(image) => image,
            None => return Ok(None),
        },
    };
    let symbols = std::env::var_os("DIRQL_VIDEO_PDB").map(PathBuf::from);
    read(&image, symbols.as_deref()).map(Some)
}
