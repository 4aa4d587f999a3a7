//! `dirql decode-bugcheck`.

use std::io::Write;
use std::path::Path;

use super::Trouble;
use crate::bugcheck::{Bugcheck, Build, Source, decode};
use crate::cli::DecodeArgs;
use crate::exit::Exit;
use crate::target::SelectError;

pub(super) fn decode_bugcheck(out: &mut dyn Write, args: &DecodeArgs) -> Result<Exit, Trouble> {
    let missing = |message: String| Trouble::Select(SelectError::Missing(message));
    let [code, rest @ ..] = &args.numbers[..] else {
        return Err(Trouble::Select(SelectError::Usage("no code".to_owned())));
    };
    let code = u32::try_from(*code).map_err(|_| {
        Trouble::Select(SelectError::Usage(format!(
            "{code:#x} is no bugcheck code: the code comes first, then its four parameters"
        )))
    })?;
    let mut parameters = [0; 4];
    for (parameter, given) in parameters.iter_mut().zip(rest) {
        *parameter = *given;
    }

    let beside = |ending: &str| args.pdb.as_ref().map(|pdb| pdb.with_extension(ending));
    let image = match &args.image {
        Some(image) => Some(image.clone()),
        None => beside("sys").filter(|sys| sys.is_file()),
    };
    let read = |path: &Path| {
        std::fs::read(path).map_err(|error| missing(format!("{}: {error}", path.display())))
    };
    let build = Build {
        image: image.as_deref().map(read).transpose()?,
        source: args
            .pdb
            .as_deref()
            .map(Source::open)
            .transpose()
            .map_err(|error| missing(error.to_string()))?,
        base: args.base,
    };
    write!(out, "{}", decode(Bugcheck { code, parameters }, &build))?;
    Ok(Exit::Passed)
}
