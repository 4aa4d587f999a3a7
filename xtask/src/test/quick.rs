//! The tests that a developer's loop leaves out.
//!
//! The rule: a test stays unless it builds a driver, a package or a program anew, or goes through so many schedules that it
//! takes a minute by itself. What it would show is shown by the whole run.

use super::arguments::Arguments;
use crate::command::step;

/// What is left out: what the tests do, and their names.
const LEFT_OUT: &[(&str, &[&str])] = &[
    (
        "every mutant is built and driven",
        &[
            "every_mutant_is_caught_and_the_driver_is_not",
            "every_mutant_of_the_miniport_is_caught_and_the_miniport_is_not",
            "every_mutant_of_these_adapters_is_caught_and_the_adapters_are_not",
            "every_mutant_of_the_framework_s_interrupt_is_caught_and_the_driver_is_not",
            "every_mutant_of_a_refusal_is_caught_and_the_driver_is_not",
            "the_mark_alone_has_an_image_refused",
        ],
    ),
    (
        "the driver is built in other ways",
        &[
            "the_debug_image_is_fit_to_load_and_another_one",
            "debians_compiler_builds_the_driver_where_rustup_has_no_target",
            "a_clone_in_another_folder_gives_the_same_image",
            "the_image_without_the_plugin_passes_every_other_suite",
            "a_driver_made_as_the_page_says_runs_clean_and_a_broken_one_is_told_by_its_line",
            "a_name_that_the_bindings_leave_out_is_told_with_its_header_and_the_way_out",
        ],
    ),
    (
        "the driver is built over a miniature kit",
        &["the_driver_over_a_kit_is_inspected_and_every_suite_drives_it"],
    ),
    (
        "the package and the harness for Windows are built",
        &[
            "the_folder_and_the_zip_hold_the_same_files_and_no_key",
            "the_signed_image_is_still_fit_to_load",
            "signatures_hold_until_a_byte_is_changed",
            "two_packages_of_one_image_are_the_same",
            "the_catalog_is_built_as_inf2cat_builds_it",
            "the_test_certificate_signs_code_for_ten_years",
            "a_key_of_ones_own_signs_if_its_certificate_may",
            "the_program_of_the_package_starts_and_says_what_is_missing",
        ],
    ),
    (
        "a virtual machine is started",
        &["a_guest_finds_the_device_and_the_package_and_its_report_comes_back"],
    ),
    (
        "programs that must not compile are compiled, one by one",
        &[
            "misuse_is_explained_by_the_compiler",
            "misuse_does_not_compile_under_any_compiler",
        ],
    ),
    (
        "every suite or deed is driven under every policy",
        &[
            "every_suite_passes_under_every_value_of_every_policy",
            "a_driver_that_keeps_the_rules_is_left_in_peace_under_every_value",
        ],
    ),
    (
        "every suite is driven twice, with other bytes in uninitialized memory",
        &["nothing_that_comes_out_of_the_driver_depends_on_what_uninitialized_memory_holds"],
    ),
    (
        "programs are drawn and driven by the thousand",
        &["the_corpus_and_a_slice_of_programs_hold_on_the_driver"],
    ),
    (
        "programs of a seed are explored at every instruction",
        &["points_of_access_find_what_every_instruction_finds"],
    ),
    (
        "schedules are drawn by priorities by the thousand",
        &["bugs_of_a_depth_are_found_no_less_often_than_the_bound_says"],
    ),
    (
        "a cause is raised before every instruction",
        &[
            "every_instruction_by_line",
            "every_instruction_by_line_without_an_interrupt_in_the_connect",
            "every_instruction_by_message",
        ],
    ),
];

/// What is left out besides.
const BESIDE: &str = "the adapter under Miri, and the examples of the documentation";

/// Takes the tests out of a run.
pub(super) fn shorten(arguments: &mut Arguments) {
    // All targets but the examples of the documentation.
    arguments.of_cargo.insert(0, "--tests".into());
    let names = LEFT_OUT.iter().flat_map(|(_, names)| *names);
    let skips = names.flat_map(|name| ["--skip".into(), (*name).into()]);
    arguments.of_programs.extend(skips);
}

/// Says what was left out.
pub(super) fn tell() {
    step("Left out by --quick");
    eprintln!("  {BESIDE}");
    for (what, names) in LEFT_OUT {
        eprintln!("  {what}:");
        for name in *names {
            eprintln!("    {name}");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;
    use crate::Workspace;

    /// Whether a Rust file in `folder` has a function of that name.
    fn has(folder: &Path, name: &str) -> bool {
        let function = format!("fn {name}(");
        let entries = fs::read_dir(folder).expect("a folder of the repository");
        entries.flatten().map(|entry| entry.path()).any(|path| {
            if path.is_dir() {
                has(&path, name)
            } else {
                path.extension().is_some_and(|ending| ending == "rs")
                    && fs::read_to_string(&path).is_ok_and(|text| text.contains(&function))
            }
        })
    }

    #[test]
    fn what_is_left_out_is_there() {
        let root = Workspace::find().unwrap().root().to_path_buf();
        for name in LEFT_OUT.iter().flat_map(|(_, names)| *names) {
            let folders = ["crates", "tests", "xtask/tests"].map(|folder| root.join(folder));
            assert!(
                folders.iter().any(|folder| has(folder, name)),
                "no test is called {name}"
            );
        }
    }
}
