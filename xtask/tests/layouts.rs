//! Embedded bindings in which a type lacks its layout: cross/wdk-build finds them before they are compiled.

#[path = "../../cross/wdk-build/src/layouts.rs"]
mod layouts;

const ASSERTED: &str = "
pub struct _PAIR {
    pub First: ULONG,
    pub Second: *mut _PAIR,
}
layout! { struct _PAIR: 16, 8; First 0, Second 8 }
pub union _EITHER {
    pub Number: u64,
    pub Pointer: PVOID,
}
layout! {
    union _EITHER: 8, 8;
    Number 0, Pointer 0
}
";

#[test]
fn types_with_a_layout_each_are_taken() {
    assert_eq!(layouts::missing(ASSERTED), None);
}

#[test]
fn a_structure_without_a_layout_is_named() {
    let bindings = format!("{ASSERTED}pub struct _PAIR_OF_PAIRS {{\n    _unused: [u8; 0],\n}}\n");
    assert_eq!(
        layouts::missing(&bindings).as_deref(),
        Some("struct _PAIR_OF_PAIRS")
    );
}

#[test]
fn a_union_whose_layout_leaves_out_a_field_is_named() {
    let bindings = ASSERTED.replace("Number 0, Pointer 0", "Number 0");
    assert_eq!(
        layouts::missing(&bindings).as_deref(),
        Some("union _EITHER")
    );
}

#[test]
fn the_layout_of_another_kind_of_type_does_not_count() {
    let bindings = ASSERTED.replace("layout! { struct _PAIR:", "layout! { union _PAIR:");
    assert_eq!(layouts::missing(&bindings).as_deref(), Some("struct _PAIR"));
}
