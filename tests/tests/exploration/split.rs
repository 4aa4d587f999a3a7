//! Unlocked read-modify-writes: another processor writes between what they read and what they write, and one of the updates is
//! lost.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use dirql_tests::{offender::program, programs::image_with, session::Device};
use ntsim::{
    Config, Conflicts, Image, Machine, Plan, Points,
    explore::{Bounds, Exploration, Explorer},
};

use crate::programs::scenario;

/// inc qword ptr [rcx+32], which is atomic memory
const INC: &[u8] = &[0x48, 0xFF, 0x41, 32];
/// lock inc qword ptr [rcx+32]
const LOCKED_INC: &[u8] = &[0xF0, 0x48, 0xFF, 0x41, 32];
/// mov qword ptr [rcx+32], 7
const STORE: &[u8] = &[0x48, 0xC7, 0x41, 32, 7, 0, 0, 0];
/// mov eax, 1; xadd [rcx+32], rax; mov [rcx+40], rax
const XADD: &[u8] = &[
    0xB8, 1, 0, 0, 0, 0x48, 0x0F, 0xC1, 0x41, 32, 0x48, 0x89, 0x41, 40,
];
/// mov edx, 1; cmpxchg [rcx+32], rdx, where RAX is 0; setz byte ptr [rcx+40]
const CMPXCHG: &[u8] = &[
    0x31, 0xC0, 0xBA, 1, 0, 0, 0, 0x48, 0x0F, 0xB1, 0x51, 32, 0x0F, 0x94, 0x41, 40,
];

/// mov rax, `0xFFFF_B000_0000_0000`, where the first registers are mapped; not dword ptr [rax+4], which answers what was written
const REGISTER: &[u8] = &[0x48, 0xB8, 0, 0, 0, 0, 0, 0xB0, 0xFF, 0xFF, 0xF7, 0x50, 4];

fn ret(steps: &[u8]) -> Vec<u8> {
    let mut code = steps.to_vec();
    code.push(0xC3);
    code
}

/// Two programs of threads, `a` and `b`, or one of a thread and one of an ISR.
fn image(a: &[u8], b: &[u8]) -> Image {
    image_with(&[("A", &ret(a)), ("B", &ret(b)), ("I", &ret(b))])
}

const fn at(points: Points) -> Bounds {
    Bounds {
        points,
        preemptions: 1,
    }
}

fn started(image: &Image, cpus: u8) -> Machine {
    let config = Config {
        cpus,
        ..Config::default()
    };
    let mut machine = Machine::new(config, image, Device::Edu.make()).expect("it loads");
    machine.start().expect("the device starts");
    machine
}

/// What all words can hold in the end, as the guest tells it, where the first atomic ones are `words` and the rest is 0.
fn told(words: [u64; 2]) -> u32 {
    let all = [0, 0, 0, 0, words[0], words[1], 0, 0];
    let sum = all.iter().fold(0_u64, |sum, word| {
        sum.wrapping_mul(1_000_003).wrapping_add(*word)
    });
    let half = |word: u64| u32::try_from(word & u64::from(u32::MAX)).expect("it is a half");
    half(sum) ^ half(sum >> 32)
}

/// Explores the programs: what their words hold in the end, and the exploration.
fn explored(image: &Image, cpus: u8, isr: bool, points: Points) -> (BTreeSet<u32>, Exploration) {
    let ends = Arc::new(Mutex::new(BTreeSet::new()));
    let requests: &[&str] = if isr {
        &["first"]
    } else {
        &["first", "second"]
    };
    let scenario = scenario(requests, isr, Arc::clone(&ends));
    let mut machine = started(image, cpus);
    let mut explorer = Explorer::new(&mut machine, &scenario).expect("nothing is broken");
    let found = explorer
        .explore(at(points), |_| true)
        .expect("it is modelled");
    assert!(found.complete && found.violations.is_empty(), "{found:?}");
    let ends = ends.lock().expect("no schedule panics").clone();
    (ends, found)
}

/// The ends that two programs of threads on two processors have, the same at points of either kind.
fn ends(a: &[u8], b: &[u8]) -> BTreeSet<u32> {
    let image = image(a, b);
    let [access, instruction] =
        [Points::Access, Points::Instruction].map(|points| explored(&image, 2, false, points).0);
    assert_eq!(access, instruction);
    access
}

fn all(words: &[[u64; 2]]) -> BTreeSet<u32> {
    words.iter().map(|words| told(*words)).collect()
}

#[test]
fn an_addition_without_lock_loses_that_of_another_processor() {
    assert_eq!(ends(INC, INC), all(&[[2, 0], [1, 0]]));
    assert_eq!(ends(INC, LOCKED_INC), all(&[[2, 0], [1, 0]]));
    assert_eq!(ends(LOCKED_INC, LOCKED_INC), all(&[[2, 0]]));
}

#[test]
fn registers_and_flags_follow_from_the_value_that_was_read() {
    // The addition comes first, or the store, or the store in the middle: then what was added to is 0, and the sum is of that.
    assert_eq!(ends(XADD, STORE), all(&[[7, 0], [8, 7], [1, 0]]));
    // A comparison that fails writes what it has read. In the middle of one that holds, the store is lost.
    assert_eq!(ends(CMPXCHG, STORE), all(&[[7, 1], [7, 0], [1, 1]]));
}

#[test]
fn nothing_on_its_own_processor_gets_into_an_instruction() {
    let image = image(INC, STORE);
    for isr in [false, true] {
        let (one, _) = explored(&image, 1, isr, Points::Instruction);
        assert_eq!(one, all(&[[7, 0], [8, 0]]), "one processor");
        let (two, _) = explored(&image, 2, isr, Points::Instruction);
        assert_eq!(two, all(&[[7, 0], [8, 0], [1, 0]]), "two");
    }
}

/// The instructions of a request alone.
fn instructions(image: &Image, name: &str) -> u64 {
    let mut machine = started(image, 2);
    let file = machine.open(true, true).expect("the interface is there");
    machine.settle().expect("nothing is broken");
    let before = machine.instructions();
    let request = machine.submit(file, program(name), &[], 0);
    machine
        .wait(request.expect("the handle is open"))
        .expect("it is served");
    machine.settle().expect("nothing is broken");
    machine.instructions() - before
}

/// How many schedules a program has against a store, beyond those before each instruction of either.
///
/// Without a preemption either comes first. With one, the other is sent at an instruction of the first one, and its thread
/// takes the processor, or the other processor.
fn schedules_inside(code: &[u8]) -> u64 {
    let image = image(code, STORE);
    let [first, second] = ["first", "second"].map(|name| instructions(&image, name));
    let (_, found) = explored(&image, 2, false, Points::Instruction);
    found.schedules - (2 + 2 * (first + second))
}

#[test]
fn each_read_modify_write_is_one_schedule_more_against_a_store() {
    // In the middle of an instruction the thread that is sent takes the other processor.
    for count in 0..4 {
        assert_eq!(schedules_inside(&INC.repeat(count)), count as u64);
    }
}

#[test]
fn an_access_to_registers_and_an_instruction_that_locks_are_not_split() {
    assert_eq!(schedules_inside(LOCKED_INC), 0);
    assert_eq!(schedules_inside(REGISTER), 0);
}

#[test]
fn a_schedule_that_splits_an_instruction_runs_again_and_says_so() {
    let image = image(&INC.repeat(2), STORE);
    let scenario = scenario(&["first", "second"], false, Arc::default());
    for points in [Points::Access, Points::Instruction] {
        let mut machine = started(&image, 2);
        let mut explorer = Explorer::new(&mut machine, &scenario).expect("nothing is broken");
        let mut all = BTreeSet::new();
        let tell = |found: &Exploration| {
            all.insert(found.last.clone());
            true
        };
        let found = explorer.explore(at(points), tell).expect("it is modelled");
        assert!(found.complete);
        let split = all.iter().filter(|turns| {
            let outcome = explorer.run(Plan {
                points: Points::Instruction,
                turns: (*turns).clone(),
                conflicts: Conflicts::default(),
            });
            assert!(outcome.is_ok_and(|outcome| outcome.failure.is_none()));
            let log = explorer.machine().events().to_string();
            log.contains("has read, and others go on before it writes")
        });
        assert_eq!(split.count(), 2, "one of each addition, at {points}");
    }
}
