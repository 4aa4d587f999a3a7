//! Tiny programs, made by a seed: exploring at points of `access` finds what exploring at every instruction finds.
//!
//! The guest `offender` has room for machine code, which is written into the image before it is loaded; no compiler runs.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use dirql_tests::{
    images,
    offender::{answer, program},
    programs::{ROOM, image_with},
    session::Device,
};
use ntsim::{
    Config, FileId, Image, Machine, Points, RequestId, Rule, Status,
    explore::{Bounds, Exploration, Explorer, Scenario},
};

use crate::actor;

/// How many programs are compared.
const PROGRAMS: u64 = 220;

/// Small numbers from a seed (`SplitMix64`).
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn below(&mut self, bound: u8) -> u8 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut word = self.0;
        word = (word ^ word >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ word >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        let [byte, ..] = (word ^ word >> 31).to_le_bytes();
        byte % bound
    }
}

/// One thing that a program does with the words behind RCX. RAX is its only number.
fn step(dice: &mut Dice) -> Vec<u8> {
    // Most words are atomic: what races ends a schedule.
    let word = 8 * [0, 1, 4, 4, 5, 6][usize::from(dice.below(6))];
    let small = 1 + dice.below(5);
    match dice.below(13) {
        // mov rax, [rcx+word]
        0 | 1 => vec![0x48, 0x8B, 0x41, word],
        // mov [rcx+word], rax
        2 | 3 => vec![0x48, 0x89, 0x41, word],
        // mov qword ptr [rcx+word], small
        4 => vec![0x48, 0xC7, 0x41, word, small, 0, 0, 0],
        // lock add qword ptr [rcx+word], small
        5 => vec![0xF0, 0x48, 0x83, 0x41, word, small],
        // xchg [rcx+word], rax
        6 => vec![0x48, 0x87, 0x41, word],
        // add rax, small; imul rax, rax, 3
        7 => vec![0x48, 0x83, 0xC0, small, 0x48, 0x6B, 0xC0, 3],
        // add qword ptr [rcx+word], small
        8 | 9 => vec![0x48, 0x83, 0x41, word, small],
        // xadd [rcx+word], rax
        10 => vec![0x48, 0x0F, 0xC1, 0x41, word],
        // mov edx, small; cmpxchg [rcx+word], rdx
        11 => vec![0xBA, small, 0, 0, 0, 0x48, 0x0F, 0xB1, 0x51, word],
        // mov rdx, [rcx+word]; and edx, 3; mov [rcx+8*rdx+32], rax: which word is written hangs on what was read
        _ => vec![
            0x48, 0x8B, 0x51, word, 0x83, 0xE2, 3, 0x48, 0x89, 0x44, 0xD1, 32,
        ],
    }
}

/// A program of a few steps, of which some are left out where RAX is 0.
fn code(dice: &mut Dice) -> Vec<u8> {
    // xor eax, eax
    let mut code = vec![0x31, 0xC0];
    for _ in 0..2 + dice.below(3) {
        let step = step(dice);
        if dice.below(4) == 0 {
            // test rax, rax; jz behind the step
            let length = u8::try_from(step.len()).expect("a step is short");
            code.extend([0x48, 0x85, 0xC0, 0x74, length]);
        }
        code.extend(step);
    }
    // ret
    code.push(0xC3);
    assert!(code.len() <= ROOM);
    code
}

/// What the host keeps of one run: the handles, and the requests.
pub(crate) type Host = (Vec<FileId>, Vec<RequestId>);

fn ask(machine: &mut Machine, file: FileId, name: &str) -> Result<Vec<u8>, ntsim::Failure> {
    let request = machine.submit(file, program(name), &[], 4)?;
    let completion = machine.wait(request)?;
    assert_eq!(completion.status, Status::SUCCESS, "{name}");
    Ok(completion.output)
}

/// Requests that run programs, and an interrupt, perhaps, whose ISR does; what all words hold in the end goes to `ends`.
pub(crate) fn scenario(
    requests: &'static [&'static str],
    interrupt: bool,
    ends: Arc<Mutex<BTreeSet<u32>>>,
) -> Scenario<Host> {
    let send = |(index, name): (usize, &&'static str)| {
        let name = *name;
        actor(
            name,
            move |machine: &mut Machine, (files, sent): &mut Host| {
                sent.push(machine.submit(files[index], program(name), &[], 0)?);
                Ok(())
            },
        )
    };
    let mut actors: Vec<_> = requests.iter().enumerate().map(send).collect();
    if interrupt {
        let raise = |machine: &mut Machine, _: &mut Host| machine.raise_device(1);
        actors.push(actor("the device raises a cause", raise));
    }
    Scenario {
        name: "programs".to_owned(),
        says: String::new(),
        before: Box::new(move |machine| {
            let file = machine.open(true, true)?;
            if interrupt {
                ask(machine, file, "connect")?;
            }
            machine.settle()?;
            Ok((vec![file, machine.open(true, true)?], Vec::new()))
        }),
        actors,
        after: Box::new(move |machine, (files, sent)| {
            for request in &*sent {
                assert_eq!(machine.wait(*request)?.status, Status::SUCCESS);
            }
            machine.settle()?;
            if interrupt {
                ask(machine, files[0], "disconnect")?;
            }
            let sum = answer(&ask(machine, files[0], "sum")?);
            ends.lock().expect("no schedule panics").insert(sum);
            Ok(())
        }),
    }
}

/// What an exploration has found: the rules with the places that take part, and what the words held in the end.
#[derive(Debug, PartialEq, Eq)]
struct Found {
    races: BTreeSet<(&'static str, Vec<String>)>,
    ends: BTreeSet<u32>,
}

fn explored(image: &Image, points: Points, preemptions: u32, seed: u64) -> (Found, Exploration) {
    let ends = Arc::new(Mutex::new(BTreeSet::new()));
    // A program of a thread and one of an ISR, or two of threads on two processors.
    let interrupt = seed.is_multiple_of(4);
    let requests: &[&str] = if interrupt {
        &["first"]
    } else {
        &["first", "second"]
    };
    let scenario = scenario(requests, interrupt, Arc::clone(&ends));
    let mut machine = Machine::new(Config::default(), image, Device::Edu.make()).expect("it loads");
    machine.start().expect("the device starts");
    let mut explorer = Explorer::new(&mut machine, &scenario).expect("nothing is broken");
    let bounds = Bounds {
        points,
        preemptions,
    };
    let found = explorer.explore(bounds, |_| true).expect("it is modelled");
    assert!(found.complete);
    assert_eq!(found.offered, found.taken, "every alternative is taken");
    let races = found.violations.iter().map(|violation| {
        let mut places: Vec<String> = violation.sites.iter().map(|it| it.place.clone()).collect();
        places.sort();
        (violation.failure.cause.name(), places)
    });
    let races = races.collect();
    let ends = ends.lock().expect("no schedule panics").clone();
    (Found { races, ends }, found)
}

#[test]
fn points_of_access_find_what_every_instruction_finds() {
    let _ = images::guest_path("offender");
    let compare = |seeds: std::ops::Range<u64>| {
        let (mut races, mut ends, mut restarts, mut fewer) = (0, 0, 0, 0);
        for seed in seeds {
            let mut dice = Dice(seed);
            let [a, b, i] = [(); 3].map(|()| code(&mut dice));
            let image = image_with(&[("A", &a), ("B", &b), ("I", &i)]);
            // One program in eight with two preemptions.
            let preemptions = if seed % 8 == 1 { 2 } else { 1 };
            let (access, coarse) = explored(&image, Points::Access, preemptions, seed);
            let (instruction, fine) = explored(&image, Points::Instruction, preemptions, seed);
            assert_eq!(
                access, instruction,
                "program {seed}: {a:02x?} {b:02x?} {i:02x?}"
            );
            races += access.races.len();
            ends += usize::from(access.ends.len() > 1);
            restarts += u64::from(coarse.restarts > 0);
            fewer += u64::from(coarse.schedules < fine.schedules);
        }
        [races as u64, ends as u64, restarts, fewer]
    };
    let halves = [0..PROGRAMS / 2, PROGRAMS / 2..PROGRAMS];
    let threads = halves.map(|half| std::thread::spawn(move || compare(half)));
    let counts = threads.map(|thread| {
        thread
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    });
    let [races, ends, restarts, fewer] = [0, 1, 2, 3].map(|at| {
        counts
            .iter()
            .map(|counts: &[u64; 4]| counts[at])
            .sum::<u64>()
    });
    // The comparison is of something: programs race, end in more than one way, and have the search begin anew.
    eprintln!(
        "{PROGRAMS} programs: {races} races, {ends} of several ends, {restarts} begun anew, {fewer} by fewer schedules"
    );
    assert!(races > 20 && ends > 40 && restarts > 100 && fewer > 150);
}

#[test]
fn a_race_shows_both_places_and_the_calls_that_led_to_each() {
    // mov qword ptr [rcx], 1; ret
    let write = [0x48, 0xC7, 0x01, 1, 0, 0, 0, 0xC3];
    // mov rax, [rcx]; ret
    let read = [0x48, 0x8B, 0x01, 0xC3];
    let image = image_with(&[("A", &write), ("B", &read), ("I", &[0xC3])]);
    let (found, exploration) = explored(&image, Points::Access, 1, 1);
    assert_eq!(found.races.len(), 1, "whichever comes first: {found:?}");
    let [violation] = &exploration.violations[..] else {
        panic!("{:?}", exploration.violations);
    };
    assert_eq!(violation.failure.cause, Rule::Race);
    let [later, earlier] = &violation.sites[..] else {
        panic!("{:?}", violation.sites);
    };
    assert_ne!(later.place, earlier.place);
    for site in [later, earlier] {
        // The program, and what has called it.
        assert!(site.calls.len() >= 2, "{site:?}");
        assert!(site.calls[0].contains(&site.place), "{site:?}");
    }
    let mut acted = violation.acted.clone();
    acted.sort_unstable();
    assert_eq!(acted, [0, 1]);
}

#[test]
fn without_the_rule_that_finds_them_there_are_no_points_of_access() {
    let config = Config {
        rules: ntsim::Rules::ALL.without(Rule::Race),
        ..Config::default()
    };
    let image = image_with(&[("A", &[0xC3]), ("B", &[0xC3]), ("I", &[0xC3])]);
    let mut machine = Machine::new(config, &image, Device::Edu.make()).expect("it loads");
    machine.start().expect("the device starts");
    let scenario = scenario(&["first"], false, Arc::default());
    let mut explorer = Explorer::new(&mut machine, &scenario).expect("nothing is broken");
    let mut explore = |points| {
        let bounds = Bounds {
            points,
            preemptions: 1,
        };
        explorer.explore(bounds, |_| true)
    };
    let refused = explore(Points::Access).expect_err("points of access are not known");
    assert!(
        refused.message.contains("without the rule race"),
        "{refused}"
    );
    assert!(explore(Points::Api).is_ok());
}
