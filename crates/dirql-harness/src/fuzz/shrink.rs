//! Shrinking: fewer and smaller steps that still show the same.

use super::program::{Program, Step};

/// The shortest program found, in at most `budget` trials, for which `shows` still holds.
///
/// Steps are taken away in ever smaller runs, and what is left is made smaller where it can be.
/// The result depends on the arguments alone.
pub fn shrink(program: &[Step], budget: usize, mut shows: impl FnMut(&[Step]) -> bool) -> Program {
    let mut best = program.to_vec();
    let mut left = budget;
    let mut attempt = |best: &mut Program, candidate: Program| {
        if left == 0 || candidate == *best {
            return false;
        }
        left -= 1;
        let smaller = shows(&candidate);
        if smaller {
            *best = candidate;
        }
        smaller
    };
    loop {
        let before = best.clone();
        let mut run = best.len().next_power_of_two();
        while run > 0 {
            let mut at = 0;
            while at < best.len() {
                let mut candidate = best.clone();
                candidate.drain(at..candidate.len().min(at + run));
                if !attempt(&mut best, candidate) {
                    at += run;
                }
            }
            run /= 2;
        }
        for at in 0..best.len() {
            for smaller in smaller(&best[at]) {
                let mut candidate = best.clone();
                candidate[at] = smaller;
                if attempt(&mut best, candidate) {
                    break;
                }
            }
        }
        if best == before {
            return best;
        }
    }
}

/// Smaller forms of a step, the smallest first.
fn smaller(step: &Step) -> Vec<Step> {
    match step {
        Step::Advance { instructions } => [0, instructions / 2, instructions.saturating_sub(1)]
            .into_iter()
            .filter(|fewer| fewer < instructions)
            .map(|instructions| Step::Advance { instructions })
            .collect(),
        Step::Submit {
            handle,
            code,
            input,
            output_len,
        } => {
            let with = |handle: usize, input: Vec<u8>| Step::Submit {
                handle,
                code: *code,
                input,
                output_len: *output_len,
            };
            let mut steps = Vec::new();
            if *handle != 0 {
                steps.push(with(0, input.clone()));
            }
            if let Some(at) = input.iter().rposition(|byte| *byte != 0) {
                let mut zeroed = input.clone();
                zeroed[at] = 0;
                steps.push(with(*handle, zeroed));
            }
            steps
        }
        Step::Repeat {
            handle,
            code,
            input,
            output_len,
            times,
        } if *times > 1 => vec![Step::Repeat {
            handle: *handle,
            code: *code,
            input: input.clone(),
            output_len: *output_len,
            times: times / 2,
        }],
        Step::Cancel { request } if *request != 0 => vec![Step::Cancel { request: 0 }],
        Step::Change { which } if *which != 0 => vec![Step::Change { which: 0 }],
        Step::Cause { causes } if causes.count_ones() > 1 => vec![Step::Cause {
            causes: causes & causes.wrapping_neg(),
        }],
        Step::Error {
            source,
            count,
            recoverable,
        } if *count > 1 => vec![Step::Error {
            source: *source,
            count: count / 2,
            recoverable: *recoverable,
        }],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzz::generate::program;
    use crate::seed::Sequence;

    fn has(program: &[Step], wanted: fn(&Step) -> bool) -> bool {
        program.iter().any(wanted)
    }

    #[test]
    fn what_does_not_matter_goes() {
        let long = program(&mut Sequence::new(3));
        let is_close = |step: &Step| matches!(step, Step::Close { .. });
        let is_long =
            |step: &Step| matches!(step, Step::Advance { instructions } if *instructions > 10);
        let mut padded = vec![
            Step::Close { handle: 1 },
            Step::Advance { instructions: 300 },
        ];
        padded.extend(long);
        let short = shrink(&padded, 10_000, |steps| {
            has(steps, is_close) && has(steps, is_long)
        });
        assert_eq!(short.len(), 2, "{short:?}");
        assert!(
            short.contains(&Step::Advance { instructions: 11 }),
            "{short:?}"
        );
    }

    #[test]
    fn a_spent_budget_keeps_a_program_that_shows_it() {
        let long = program(&mut Sequence::new(4));
        let shows = |steps: &[Step]| steps.len() >= 20;
        let short = shrink(&long, 3, shows);
        assert!(shows(&short) && short.len() < long.len());
        assert_eq!(shrink(&long, 0, shows), long);
    }
}
