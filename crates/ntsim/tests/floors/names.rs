//! What the files of a crate name of one another.

use std::collections::{BTreeMap, BTreeSet};

use syn::{
    Attribute, Fields, Item, ItemImpl, ItemMod, ItemStruct, ItemUse, Macro, Path, Type,
    TypeParamBound, TypeTraitObject, UseTree, Visibility,
    parse::Parser,
    punctuated::Punctuated,
    visit::{self, Visit},
};

/// What was found in a file.
#[derive(Debug, Default)]
pub(crate) struct File {
    /// The other files that it names, by an import or a path.
    pub(crate) names: BTreeSet<String>,
    /// The files whose types it has impl blocks for.
    pub(crate) implements: BTreeSet<String>,
    /// It has a `dyn Any`.
    pub(crate) erases: bool,
    /// It has the type of a function pointer.
    pub(crate) points: bool,
    /// How many fields each of its structs has.
    pub(crate) fields: BTreeMap<String, usize>,
}

/// The files of a crate, by their paths below its source folder.
#[derive(Debug)]
pub(crate) struct Files(BTreeMap<String, File>);

impl Files {
    pub(crate) fn parse(sources: &BTreeMap<String, String>) -> Self {
        let modules: BTreeMap<Vec<String>, String> = sources
            .keys()
            .map(|path| (module_of(path), path.clone()))
            .collect();
        let files = sources.iter().map(|(path, text)| {
            let parsed = syn::parse_file(text).unwrap_or_else(|error| panic!("{path}: {error}"));
            let mut reader = Reader {
                path,
                module: module_of(path),
                modules: &modules,
                imports: BTreeMap::new(),
                file: File::default(),
            };
            for item in &parsed.items {
                if let Item::Use(import) = item {
                    reader.import(import);
                }
            }
            reader.visit_file(&parsed);
            (path.clone(), reader.file)
        });
        Self(files.collect())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &File)> {
        self.0.iter().map(|(path, file)| (path.as_str(), file))
    }

    pub(crate) fn get(&self, path: &str) -> Option<&File> {
        self.0.get(path)
    }
}

/// The module that a file is: `kernel/dpc.rs` is `kernel`, `dpc`.
fn module_of(path: &str) -> Vec<String> {
    let stem = path.strip_suffix(".rs").unwrap_or(path);
    let stem = stem.strip_suffix("/mod").unwrap_or(stem);
    match stem {
        "lib" | "main" => Vec::new(),
        stem => stem.split('/').map(str::to_owned).collect(),
    }
}

struct Reader<'a> {
    path: &'a str,
    module: Vec<String>,
    modules: &'a BTreeMap<Vec<String>, String>,
    /// What each imported name stands for.
    imports: BTreeMap<String, Vec<String>>,
    file: File,
}

impl Reader<'_> {
    /// A path of the crate from its root; none where it leads out of the crate.
    fn absolute(&self, segments: &[String]) -> Option<Vec<String>> {
        let (first, rest) = segments.split_first()?;
        let mut base = match first.as_str() {
            "crate" => Vec::new(),
            "self" => self.module.clone(),
            "super" => {
                let mut base = self.module.clone();
                base.pop();
                base
            }
            name => {
                if let Some(import) = self.imports.get(name) {
                    let mut whole = import.clone();
                    whole.extend_from_slice(rest);
                    return Some(whole);
                }
                let mut child = self.module.clone();
                child.push(name.to_owned());
                return self.modules.contains_key(&child).then(|| {
                    child.extend_from_slice(rest);
                    child
                });
            }
        };
        for segment in rest {
            if segment == "super" {
                base.pop();
            } else {
                base.push(segment.clone());
            }
        }
        Some(base)
    }

    /// The file that an absolute path is in: the longest part of it that is a module.
    fn file_of(&self, absolute: &[String]) -> Option<&String> {
        (0..=absolute.len())
            .rev()
            .find_map(|length| self.modules.get(&absolute[..length]))
    }

    fn name(&mut self, segments: &[String]) {
        let absolute = self.absolute(segments);
        if let Some(file) = absolute.and_then(|path| self.file_of(&path).cloned())
            && file != self.path
        {
            self.file.names.insert(file);
        }
    }

    fn import(&mut self, import: &ItemUse) {
        let mut leaves = Vec::new();
        flatten(&import.tree, &mut Vec::new(), &mut leaves);
        for (path, name) in leaves {
            let Some(path) = self.absolute(&path) else {
                continue;
            };
            self.imports.insert(name, path);
        }
    }
}

/// The paths of an import, each with the name that it gets here.
fn flatten(tree: &UseTree, before: &mut Vec<String>, leaves: &mut Vec<(Vec<String>, String)>) {
    match tree {
        UseTree::Path(path) => {
            before.push(path.ident.to_string());
            flatten(&path.tree, before, leaves);
            before.pop();
        }
        UseTree::Group(group) => group
            .items
            .iter()
            .for_each(|tree| flatten(tree, before, leaves)),
        UseTree::Name(name) => leaf(before, &name.ident.to_string(), None, leaves),
        UseTree::Rename(rename) => {
            let name = rename.rename.to_string();
            leaf(before, &rename.ident.to_string(), Some(name), leaves);
        }
        UseTree::Glob(_) => leaf(before, "*", None, leaves),
    }
}

fn leaf(
    before: &[String],
    last: &str,
    renamed: Option<String>,
    leaves: &mut Vec<(Vec<String>, String)>,
) {
    let mut path = before.to_vec();
    if last != "self" {
        path.push(last.to_owned());
    }
    let own = path.last().cloned().unwrap_or_default();
    leaves.push((path, renamed.unwrap_or(own)));
}

fn is_of_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute
                .parse_args::<Path>()
                .is_ok_and(|condition| condition.is_ident("test"))
    })
}

fn segments(path: &Path) -> Vec<String> {
    path.segments
        .iter()
        .map(|segment| segment.ident.to_string())
        .collect()
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        if is_of_tests(&module.attrs) {
            return;
        }
        if module.content.is_some() {
            self.module.push(module.ident.to_string());
            visit::visit_item_mod(self, module);
            self.module.pop();
        }
    }

    fn visit_item_use(&mut self, import: &'ast ItemUse) {
        let mut leaves = Vec::new();
        flatten(&import.tree, &mut Vec::new(), &mut leaves);
        for (path, _) in leaves {
            self.name(&path);
        }
    }

    fn visit_item_struct(&mut self, item: &'ast ItemStruct) {
        let fields = match &item.fields {
            Fields::Named(fields) => fields.named.len(),
            Fields::Unnamed(fields) => fields.unnamed.len(),
            Fields::Unit => 0,
        };
        self.file.fields.insert(item.ident.to_string(), fields);
        visit::visit_item_struct(self, item);
    }

    fn visit_item_impl(&mut self, item: &'ast ItemImpl) {
        if let Type::Path(of) = item.self_ty.as_ref() {
            let absolute = self.absolute(&segments(&of.path));
            if let Some(file) = absolute.and_then(|path| self.file_of(&path).cloned()) {
                self.file.implements.insert(file);
            }
        }
        visit::visit_item_impl(self, item);
    }

    fn visit_path(&mut self, path: &'ast Path) {
        let segments = segments(path);
        if segments.len() > 1 && !self.imports.contains_key(&segments[0]) {
            self.name(&segments);
        }
        visit::visit_path(self, path);
    }

    fn visit_visibility(&mut self, _: &'ast Visibility) {
        // Who may see a thing is not whom it knows.
    }

    fn visit_type_trait_object(&mut self, object: &'ast TypeTraitObject) {
        self.file.erases |= object.bounds.iter().any(|bound| {
            matches!(bound, TypeParamBound::Trait(bound)
                if bound.path.segments.last().is_some_and(|last| last.ident == "Any"))
        });
        visit::visit_type_trait_object(self, object);
    }

    fn visit_type_bare_fn(&mut self, pointer: &'ast syn::TypeBareFn) {
        self.file.points = true;
        visit::visit_type_bare_fn(self, pointer);
    }

    fn visit_macro(&mut self, called: &'ast Macro) {
        // What stands in a macro is tokens: those of the library's own are lists of expressions.
        let expressions = Punctuated::<syn::Expr, syn::Token![,]>::parse_terminated;
        if let Ok(expressions) = expressions.parse2(called.tokens.clone()) {
            expressions.iter().for_each(|one| self.visit_expr(one));
        }
        visit::visit_macro(self, called);
    }
}
