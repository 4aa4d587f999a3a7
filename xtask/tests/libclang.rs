//! libclang is found where clang-sys finds it, and nowhere else: on made-up folder trees.

use std::{
    fs,
    path::{Path, PathBuf},
};

use xtask::libclang::{Environment, NotFound, find, release as release_of};

/// What a library for 64 bits begins with, and one for 32.
const ELF64: &[u8] = b"\x7fELF\x02\x01\x01";
const ELF32: &[u8] = b"\x7fELF\x01\x01\x01";

/// An empty root of its own for each test.
struct Tree(PathBuf);

impl Tree {
    fn new(name: &str) -> Self {
        let root = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join("libclang")
            .join(name);
        if root.exists() {
            fs::remove_dir_all(&root).unwrap();
        }
        fs::create_dir_all(&root).unwrap();
        Self(root)
    }

    fn at(&self, path: &str) -> PathBuf {
        self.0.join(path)
    }

    fn put(&self, path: &str, bytes: &[u8]) -> &Self {
        let file = self.at(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, bytes).unwrap();
        self
    }

    /// The path below the root that is found.
    fn found(&self, environment: &Environment) -> Result<String, NotFound> {
        find(&self.0, environment).map(|path| {
            let below = path.strip_prefix(&self.0).unwrap_or(&path);
            below.to_str().unwrap().to_owned()
        })
    }

    fn usual(&self) -> Result<String, NotFound> {
        self.found(&Environment::default())
    }

    fn named(&self, path: &Path) -> Result<String, NotFound> {
        self.found(&Environment {
            libclang_path: Some(path.to_str().unwrap().to_owned()),
            ..Environment::default()
        })
    }
}

#[test]
fn the_release_is_in_the_name_of_a_library_and_not_in_that_of_its_interface() {
    for (name, release) in [
        ("libclang-14.so.1", Some(14)),
        ("libclang-19.so.19", Some(19)),
        ("libclang.so.1", None),
        ("libclang.so", None),
    ] {
        assert_eq!(release_of(std::path::Path::new(name)), release, "{name}");
    }
}

#[test]
fn the_cpp_interface_that_debians_llvm_brings_is_no_libclang() {
    let tree = Tree::new("cpp");
    tree.put("usr/lib/x86_64-linux-gnu/libclang-cpp.so.14", ELF64)
        .put("usr/lib/llvm-14/lib/libclang-cpp.so.14", ELF64)
        .put("usr/lib/llvm-14/lib/libclang-cpp.so", ELF64)
        .put("usr/lib/llvm-14/lib/libLLVM-14.so", ELF64);
    assert_eq!(tree.usual(), Err(NotFound::Anywhere));
    // Beside it, the library itself is found.
    tree.put("usr/lib/llvm-14/lib/libclang-14.so.14.0.6", ELF64);
    assert_eq!(
        tree.usual().unwrap(),
        "usr/lib/llvm-14/lib/libclang-14.so.14.0.6"
    );
}

#[test]
fn a_named_folder_without_the_library_hides_the_usual_ones() {
    let tree = Tree::new("named");
    tree.put("usr/lib/x86_64-linux-gnu/libclang-14.so.14.0.6", ELF64)
        .put("tmp/a-file", b"");
    assert!(tree.usual().is_ok());
    let Err(NotFound::Named(why)) = tree.named(&tree.at("tmp")) else {
        panic!("the named folder has none");
    };
    assert!(why.contains("LIBCLANG_PATH is `"), "{why}");
    assert!(why.contains("unset it"), "{why}");
    for absent in ["nowhere", "tmp/a-file", "tmp/.."] {
        let found = tree.named(&tree.at(absent));
        assert!(matches!(found, Err(NotFound::Named(_))), "{absent}");
    }
    // Set to nothing is set.
    let empty = tree.named(Path::new(""));
    assert!(matches!(empty, Err(NotFound::Named(_))), "{empty:?}");
}

#[test]
fn the_variable_names_a_folder_or_the_file_itself() {
    let tree = Tree::new("file");
    tree.put("opt/llvm/lib/libclang.so.17", ELF64)
        .put("opt/llvm/lib/libclang.so.18", ELF64)
        .put("opt/llvm/lib/other.so", ELF64);
    let folder = tree.named(&tree.at("opt/llvm/lib"));
    assert_eq!(folder.unwrap(), "opt/llvm/lib/libclang.so.18");
    let file = tree.named(&tree.at("opt/llvm/lib/libclang.so.17"));
    assert_eq!(file.unwrap(), "opt/llvm/lib/libclang.so.17");
    assert!(tree.named(&tree.at("opt/llvm/lib/other.so")).is_err());
}

#[test]
fn the_newest_by_name_is_taken_and_of_equals_the_first() {
    let tree = Tree::new("newest");
    tree.put("usr/lib/llvm-14/lib/libclang-14.so.14.0.6", ELF64)
        .put("usr/lib/llvm-16/lib/libclang-16.so.16.0.6", ELF64)
        .put("usr/lib/llvm-15/lib/libclang-15.so.15.0.6", ELF64);
    assert_eq!(
        tree.usual().unwrap(),
        "usr/lib/llvm-16/lib/libclang-16.so.16.0.6"
    );
    // A name without a number is older than every number.
    tree.put("usr/local/lib/libclang.so", ELF64);
    assert_eq!(
        tree.usual().unwrap(),
        "usr/lib/llvm-16/lib/libclang-16.so.16.0.6"
    );
    tree.put("usr/local/lib/libclang-16.so.16.0.6", ELF64);
    assert_eq!(tree.usual().unwrap(), "usr/local/lib/libclang-16.so.16.0.6");
}

#[test]
fn a_library_of_another_class_or_no_library_at_all_is_passed_over() {
    let tree = Tree::new("class");
    tree.put("usr/lib32/libclang-19.so.19", ELF32)
        .put("usr/lib/llvm-18/lib/libclang-18.so.18", b"INPUT(libclang)")
        .put("usr/lib/llvm-17/lib/libclang-17.so.17", b"");
    assert_eq!(tree.usual(), Err(NotFound::Anywhere));
    tree.put("usr/lib64/libclang.so.13", ELF64);
    assert_eq!(tree.usual().unwrap(), "usr/lib64/libclang.so.13");
}

#[test]
fn folders_at_three_depths_are_looked_at_and_no_deeper() {
    for (number, path) in [
        "usr/lib/libclang.so",
        "usr/lib/x86_64-linux-gnu/libclang.so",
        "usr/lib/llvm-14/lib/libclang.so",
        "usr/local/llvm-14/lib/libclang.so",
        "usr/local/lib/llvm/lib/libclang.so",
    ]
    .into_iter()
    .enumerate()
    {
        let tree = Tree::new(&format!("depth-{number}"));
        tree.put(path, ELF64);
        assert_eq!(tree.usual().unwrap(), path);
    }
    let tree = Tree::new("too-deep");
    tree.put("usr/lib/llvm-14/lib/clang/libclang.so", ELF64)
        .put("opt/lib/libclang.so", ELF64);
    assert_eq!(tree.usual(), Err(NotFound::Anywhere));
}

#[test]
fn llvm_config_and_the_library_paths_are_looked_at_too() {
    let tree = Tree::new("environment");
    tree.put("opt/llvm/lib64/libclang.so.18", ELF64)
        .put("opt/other/libclang.so.17", ELF64);
    let prefix = Environment {
        llvm_prefix: Some(tree.at("opt/llvm")),
        ..Environment::default()
    };
    assert_eq!(
        tree.found(&prefix).unwrap(),
        "opt/llvm/lib64/libclang.so.18"
    );
    let paths = Environment {
        library_paths: vec![tree.at("nowhere"), tree.at("opt/other")],
        ..Environment::default()
    };
    assert_eq!(tree.found(&paths).unwrap(), "opt/other/libclang.so.17");
}

#[test]
fn a_root_whose_name_is_a_pattern_is_taken_literally() {
    let tree = Tree::new("[a]*?");
    tree.put("usr/lib/llvm-14/lib/libclang.so.14", ELF64);
    assert_eq!(tree.usual().unwrap(), "usr/lib/llvm-14/lib/libclang.so.14");
}
