//! The lines of source that a page shows, of the files that are found.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use image::Image;
use serde_json::{Map, Value};

/// How many lines stand above and below one that is meant.
const AROUND: u32 = 6;

/// The lines that are wanted, by their files.
#[derive(Debug, Default)]
pub(super) struct Sources(BTreeMap<String, BTreeSet<u32>>);

impl Sources {
    /// A line is meant.
    pub(super) fn want(&mut self, file: &str, line: u32) {
        let lines = line.saturating_sub(AROUND).max(1)..=line.saturating_add(AROUND);
        self.0.entry(file.to_owned()).or_default().extend(lines);
    }

    /// The texts, by files and by numbers. A file that is not found here is left out.
    pub(super) fn read(&self, image: &Image) -> Value {
        let texts = self.0.iter().filter_map(|(file, wanted)| {
            let path = image.symbols().find_source(file)?;
            let text = fs::read_to_string(path).ok()?;
            let lines = (1..).zip(text.lines());
            let lines = lines.filter(|(number, _)| wanted.contains(number));
            let lines = lines.map(|(number, line)| (number.to_string(), line.into()));
            Some((file.clone(), Value::Object(lines.collect())))
        });
        Value::Object(texts.collect::<Map<_, _>>())
    }
}
