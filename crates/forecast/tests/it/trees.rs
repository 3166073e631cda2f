//! Trees: what they learn, what each column contributed, and that they go through any numbers.

use perennial_forecast::Random;
use perennial_forecast::trees::{Fork, Lesson, Loss, Node, Options, Parts, Table, Trees};
use proptest::prelude::*;

use crate::table::near;

fn table(columns: &[(&str, Vec<f64>)]) -> Table {
    let mut table = Table::new(columns[0].1.len());
    for (name, values) in columns {
        table.push(*name, values.clone()).expect("a column");
    }
    table
}

/// Rows with four columns, a tenth of the values missing, and a mean that depends on three of them.
fn made_up(rows: usize, seed: u64) -> (Table, Vec<f64>) {
    let mut random = Random::new(seed);
    let mut columns = vec![Vec::new(); 4];
    let mut means = Vec::new();
    for _ in 0..rows {
        let own = [0; 4].map(|_| random.unit());
        means.push(0.2 + 3.0 * own[0] * own[1] + if own[2] > 0.7 { 1.0 } else { 0.0 });
        for (column, value) in columns.iter_mut().zip(own) {
            column.push(if random.unit() < 0.1 { f64::NAN } else { value });
        }
    }
    let named: Vec<(&str, Vec<f64>)> = ["a", "b", "c", "d"].into_iter().zip(columns).collect();
    (table(&named), means)
}

fn few() -> Options {
    Options {
        rounds: 20,
        rate: 0.3,
        leaves: 8,
        min_rows: 5,
        ..Options::default()
    }
}

#[test]
fn a_step_and_what_is_missing_are_learned_exactly() {
    let a = (0..300).map(|row| match row % 3 {
        0 => f64::NAN,
        1 => f64::from(row),
        _ => -f64::from(row),
    });
    let table = table(&[("a", a.collect())]);
    let target: Vec<f64> = (0..300).map(|row| [5.0, 2.0, -1.0][row % 3]).collect();
    let options = Options {
        rounds: 2,
        rate: 1.0,
        leaves: 3,
        l2: 0.0,
        ..Options::default()
    };
    let trees = Trees::fit(&table, Lesson::of(&target), Loss::Squared, &options).expect("trees");
    for (found, exact) in trees.predict(&table).expect("rows").iter().zip(&target) {
        assert!(near(*found, *exact, 1e-12), "{found}, not {exact}");
    }
    assert!(near(trees.score(&[f64::NAN]), 5.0, 1e-12));
    assert!(near(trees.score(&[]), 5.0, 1e-12));
    assert!(near(trees.score(&[1e300]), 2.0, 1e-12));
}

#[test]
fn means_are_learned_by_every_loss() {
    let (table, means) = made_up(4_000, 2);
    let mut random = Random::new(3);
    let chance: Vec<f64> = means.iter().map(|mean| mean / 5.0).collect();
    let bought: Vec<f64> = chance
        .iter()
        .map(|chance| f64::from(u8::from(random.unit() < *chance)))
        .collect();
    let amount: Vec<f64> = means
        .iter()
        .map(|mean| if random.unit() < 0.5 { 2.0 * mean } else { 0.0 })
        .collect();
    let options = Options {
        rounds: 100,
        rate: 0.1,
        ..few()
    };
    for (loss, target, truth, most) in [
        (Loss::Squared, &means, &means, 0.3),
        (Loss::Poisson, &means, &means, 0.3),
        (Loss::Tweedie(1.5), &amount, &means, 0.45),
        (Loss::Logistic, &bought, &chance, 0.1),
    ] {
        let trees = Trees::fit(&table, Lesson::of(target), loss, &options).expect("trees");
        let found = trees.predict(&table).expect("rows");
        let square = |found: &[f64]| -> f64 {
            let off = found.iter().zip(truth).map(|(a, b)| (a - b) * (a - b));
            (off.sum::<f64>() / truth.len() as f64).sqrt()
        };
        assert!(square(&found) < most, "{loss:?}: {}", square(&found));
        let mean = |list: &[f64]| list.iter().sum::<f64>() / list.len() as f64;
        let (found, came) = (mean(&found), mean(target));
        assert!(
            (found / came - 1.0).abs() < 0.05,
            "{loss:?}: {found}, not {came}"
        );
    }
}

/// The mean of a tree where only the columns in `known` (bits) are known.
fn expected(tree: &[Node], at: usize, values: &[f64], known: u32) -> f64 {
    let Some(fork) = tree[at].fork else {
        return tree[at].value;
    };
    let side = |next: u32| expected(tree, next as usize, values, known);
    if known >> fork.column & 1 == 1 {
        let value = values[fork.column as usize];
        let left = value <= fork.threshold || (value.is_nan() && fork.missing_left);
        return side(if left { fork.left } else { fork.right });
    }
    let share = tree[fork.left as usize].cover / tree[at].cover;
    share * side(fork.left) + (1.0 - share) * side(fork.right)
}

#[test]
fn contributions_are_shapley_values() {
    let (table, means) = made_up(600, 5);
    let options = Options {
        leaves: 16,
        depth: 7,
        ..few()
    };
    let trees = Trees::fit(&table, Lesson::of(&means), Loss::Poisson, &options).expect("trees");
    let parts = trees.to_parts();
    let factorial = |n: u32| (1..=n).map(f64::from).product::<f64>();
    for row in 0..25 {
        let values: Vec<f64> = (0..4)
            .map(|column| table.value(row, column).unwrap_or(f64::NAN))
            .collect();
        let of = |known| -> f64 {
            let trees = parts.trees.iter();
            trees.map(|tree| expected(tree, 0, &values, known)).sum()
        };
        let found = trees.contributions(&values);
        for column in 0..4_u32 {
            let without = (0..16_u32).filter(|known| known >> column & 1 == 0);
            let exact: f64 = without
                .map(|known| {
                    let size = known.count_ones();
                    let weight = factorial(size) * factorial(3 - size) / factorial(4);
                    weight * (of(known | 1 << column) - of(known))
                })
                .sum();
            assert!((found[column as usize] - exact).abs() < 1e-12, "{found:?}");
        }
        let sum: f64 = found.iter().sum();
        assert!(near(trees.mean_score() + sum, trees.score(&values), 1e-12));
    }
}

#[test]
fn noise_is_not_learned() {
    let (table, _) = made_up(3_000, 7);
    let mut random = Random::new(8);
    let target: Vec<f64> = (0..3_000).map(|_| random.unit()).collect();
    let options = Options {
        rounds: 400,
        held_out: 0.3,
        patience: 10,
        ..few()
    };
    let trees = Trees::fit(&table, Lesson::of(&target), Loss::Squared, &options).expect("trees");
    let spread = |trees: &Trees| {
        let found = trees.predict(&table).expect("rows");
        let off = found.iter().map(|one| (one - 0.5) * (one - 0.5));
        (off.sum::<f64>() / 3_000.0).sqrt()
    };
    assert!(
        trees.count() < 30 && spread(&trees) < 0.06,
        "{}",
        spread(&trees)
    );
    let stop = Options {
        held_out: 0.0,
        ..options
    };
    let all = Trees::fit(&table, Lesson::of(&target), Loss::Squared, &stop).expect("trees");
    assert!(
        all.count() == 400 && spread(&all) > 0.15,
        "{}",
        spread(&all)
    );
}

#[test]
fn a_weight_is_a_row_so_often_and_a_score_is_started_from() {
    let (once, means) = made_up(200, 11);
    let weights: Vec<f64> = (0..200).map(|row| f64::from(row % 3 + 1)).collect();
    let often: Vec<u32> = (0..200)
        .flat_map(|row| vec![row; row as usize % 3 + 1])
        .collect();
    let twice: Vec<f64> = often.iter().map(|row| means[*row as usize]).collect();
    let options = Options {
        min_rows: 1,
        ..few()
    };
    let by_weight = Lesson::of(&means).weighted(&weights);
    let one = Trees::fit(&once, by_weight, Loss::Poisson, &options).expect("trees");
    let many = once.take(&often);
    let other = Trees::fit(&many, Lesson::of(&twice), Loss::Poisson, &options).expect("trees");
    let (one, other) = (one.predict(&once), other.predict(&once));
    for (a, b) in one.expect("rows").iter().zip(&other.expect("rows")) {
        assert!(near(*a, *b, 1e-9), "{a} {b}");
    }
    let scores: Vec<f64> = means
        .iter()
        .map(|mean| Loss::Poisson.score(*mean))
        .collect();
    let target = Lesson::of(&means).from(&scores);
    let rest = Trees::fit(&once, target, Loss::Poisson, &options).expect("trees");
    let left = rest.scores(&once).expect("rows");
    assert!(left.iter().all(|score| score.abs() < 1e-6), "{left:?}");
}

#[test]
fn the_same_seed_gives_the_same_trees_and_they_can_be_written_down() {
    let (table, means) = made_up(500, 13);
    let options = Options {
        rows: 0.6,
        columns: 0.5,
        held_out: 0.2,
        ..few()
    };
    let grow = |seed| {
        let options = Options { seed, ..options };
        Trees::fit(&table, Lesson::of(&means), Loss::Poisson, &options).expect("trees")
    };
    assert_eq!(grow(1), grow(1));
    assert_ne!(grow(1), grow(2));
    let again = Trees::from_parts(grow(1).to_parts()).expect("its own parts");
    assert_eq!(again, grow(1));
}

#[test]
fn parts_that_lead_nowhere_are_refused() {
    let leaf = Node {
        value: 1.0,
        cover: 1.0,
        fork: None,
    };
    let fork = Fork {
        column: 0,
        threshold: 0.0,
        missing_left: false,
        left: 1,
        right: 2,
    };
    let root = |fork| Node {
        fork: Some(fork),
        ..leaf
    };
    let parts = |nodes: Vec<Node>| Parts {
        loss: Loss::Poisson,
        names: vec!["a".to_owned()],
        base: 0.0,
        trees: vec![nodes],
    };
    Trees::from_parts(parts(vec![root(fork), leaf, leaf])).expect("a tree");
    for wrong in [
        Fork { column: 1, ..fork },
        Fork { left: 0, ..fork },
        Fork { right: 3, ..fork },
        Fork { right: 1, ..fork },
        Fork {
            threshold: f64::NAN,
            ..fork
        },
    ] {
        Trees::from_parts(parts(vec![root(wrong), leaf, leaf])).expect_err("refused");
    }
    let wrong = Node {
        value: f64::INFINITY,
        ..leaf
    };
    for nodes in [vec![], vec![wrong]] {
        Trees::from_parts(parts(nodes)).expect_err("refused");
    }
    let deep = (0..40).flat_map(|at| {
        let (left, right) = (2 * at + 1, 2 * at + 2);
        let fork = Fork {
            left,
            right,
            ..fork
        };
        // The left one is a leaf, the right one goes on.
        [root(fork), leaf]
    });
    let mut deep: Vec<Node> = deep.collect();
    deep.push(leaf);
    Trees::from_parts(parts(deep)).expect_err("too deep");
}

#[test]
fn what_cannot_be_learned_from_is_refused() {
    let one = table(&[("a", vec![1.0, 2.0])]);
    let fit = |target: Lesson<'_>, loss, options: &Options| {
        Trees::fit(&one, target, loss, options).expect_err("refused")
    };
    let plain = Options::default();
    fit(Lesson::of(&[1.0]), Loss::Squared, &plain);
    fit(Lesson::of(&[1.0, -1.0]), Loss::Poisson, &plain);
    fit(Lesson::of(&[1.0, 2.0]), Loss::Logistic, &plain);
    fit(Lesson::of(&[1.0, f64::NAN]), Loss::Squared, &plain);
    fit(Lesson::of(&[1.0, 1.0]), Loss::Tweedie(2.5), &plain);
    fit(
        Lesson::of(&[1.0, 1.0]).weighted(&[0.0, 0.0]),
        Loss::Squared,
        &plain,
    );
    fit(
        Lesson::of(&[1.0, 1.0]).from(&[f64::NAN, 0.0]),
        Loss::Squared,
        &plain,
    );
    for wrong in [
        Options { rounds: 0, ..plain },
        Options { rate: 0.0, ..plain },
        Options { bins: 255, ..plain },
        Options { depth: 33, ..plain },
        Options {
            l2: f64::NAN,
            ..plain
        },
    ] {
        fit(Lesson::of(&[1.0, 2.0]), Loss::Squared, &wrong);
    }
    let trees = Trees::fit(&one, Lesson::of(&[1.0, 2.0]), Loss::Squared, &plain).expect("a mean");
    assert_eq!(trees.predict(&one).expect("rows"), [1.5, 1.5]);
    trees
        .predict(&table(&[("b", vec![1.0])]))
        .expect_err("another column");
    Table::new(2)
        .push("a", vec![1.0])
        .expect_err("another number of rows");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]
    #[test]
    fn any_numbers_give_numbers(
        rows in prop::collection::vec(
            (prop::num::f64::ANY, -3_i8..3, 0_u32..5, 0.0..1e12_f64, 0.0..10.0_f64), 1..80),
        loss in 0_usize..4,
        min_rows in 1_usize..4,
        l2 in prop::sample::select(vec![0.0, 1e-6, 1.0]),
    ) {
        let table = table(&[
            ("any", rows.iter().map(|row| row.0).collect()),
            ("few", rows.iter().map(|row| f64::from(row.1)).collect()),
        ]);
        let loss = [Loss::Squared, Loss::Poisson, Loss::Tweedie(1.3), Loss::Logistic][loss];
        let target: Vec<f64> = rows
            .iter()
            .map(|row| match loss {
                Loss::Logistic => f64::from(u8::from(row.2 == 0)),
                _ if row.2 == 0 => row.3,
                _ => f64::from(row.2) - 1.0,
            })
            .collect();
        let weights: Vec<f64> = rows.iter().map(|row| row.4 + 1e-3).collect();
        let options = Options { min_rows, l2, rate: 1.0, rounds: 30, ..few() };
        let target = Lesson::of(&target).weighted(&weights);
        let trees = Trees::fit(&table, target, loss, &options).expect("trees");
        for (row, mean) in trees.predict(&table).expect("rows").iter().enumerate() {
            prop_assert!(mean.is_finite());
            let values: Vec<f64> =
                (0..2).map(|at| table.value(row, at).unwrap_or(f64::NAN)).collect();
            let found = trees.contributions(&values);
            let sum = trees.mean_score() + found.iter().sum::<f64>();
            let size = found.iter().fold(trees.mean_score().abs(), |size, one| size.max(one.abs()));
            let off = (sum - trees.score(&values)).abs();
            prop_assert!(off <= 1e-9 * size.max(1.0), "{} {:?}", sum, found);
        }
        prop_assert!(Trees::from_parts(trees.to_parts()).is_ok());
    }
}
