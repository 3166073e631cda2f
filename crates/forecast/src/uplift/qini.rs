//! How well scores put customers in order by uplift: Qini and uplift curves, their coefficients, uplift at the top.
//!
//! Curves, coefficients and `uplift@k` are those of scikit-uplift 0.5 (`qini_curve`, `qini_auc_score` with
//! `negative_effect=True`, `uplift_auc_score`, `uplift_at_k` with `strategy="overall"`); the areas are what
//! causalml calls scores without normalizing, for each treated customer. Customers may count for more or less than
//! one, where their chances of treatment differed: with weights of 1 all is as it is there.

/// The customers of a place in the order, those tied with each other together: what each arm counts and what its
/// outcomes add up to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Tally {
    pub treated: f64,
    pub control: f64,
    pub of_treated: f64,
    pub of_control: f64,
}

/// An order of customers by score, greatest first.
#[derive(Clone, Debug)]
pub(super) struct Order {
    /// The rows in that order; of those tied the later go first, as a stable sort read backwards has it.
    pub rows: Vec<usize>,
    /// For each place in it the number of the group of ties that it is in.
    group: Vec<usize>,
    groups: usize,
}

/// The areas under curves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Areas {
    pub qini: f64,
    pub uplift: f64,
    /// That of the order by chance: half a triangle.
    pub chance: f64,
    /// Customers and treated ones, as they count.
    pub customers: f64,
    pub treated: f64,
}

/// Which of the two curves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Curve {
    /// What treating so many has brought, counted for as many treated as the order has had.
    Qini,
    /// The difference of means so far, times all customers so far.
    Uplift,
}

impl Order {
    pub fn new(scores: &[f64]) -> Self {
        let mut rows: Vec<usize> = (0..scores.len()).collect();
        rows.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]).then(b.cmp(a)));
        let mut group = Vec::with_capacity(rows.len());
        let mut groups = 0;
        for (place, row) in rows.iter().enumerate() {
            if place > 0 && scores[rows[place - 1]] != scores[*row] {
                groups += 1;
            }
            group.push(groups);
        }
        let groups = groups + usize::from(!rows.is_empty());
        Self {
            rows,
            group,
            groups,
        }
    }

    /// The tallies of its groups, customers counting as their weights say.
    pub fn tallies(&self, treated: &[bool], outcome: &[f64], weights: &[f64]) -> Vec<Tally> {
        let mut tallies = vec![Tally::default(); self.groups];
        for (place, row) in self.rows.iter().enumerate() {
            let tally = &mut tallies[self.group[place]];
            let weight = weights[*row];
            if treated[*row] {
                tally.treated += weight;
                tally.of_treated += weight * outcome[*row];
            } else {
                tally.control += weight;
                tally.of_control += weight * outcome[*row];
            }
        }
        tallies
    }
}

impl Tally {
    fn add(&mut self, other: &Self) {
        self.treated += other.treated;
        self.control += other.control;
        self.of_treated += other.of_treated;
        self.of_control += other.of_control;
    }

    /// The curve's height where this is what has been passed.
    fn height(&self, curve: Curve) -> f64 {
        let part = |a: f64, b: f64| if b > 0.0 { a / b } else { 0.0 };
        match curve {
            Curve::Qini => self.of_treated - self.of_control * part(self.treated, self.control),
            Curve::Uplift => {
                let difference =
                    part(self.of_treated, self.treated) - part(self.of_control, self.control);
                difference * (self.treated + self.control)
            }
        }
    }

    /// The difference of the arms' means; `None` where an arm has nobody.
    pub fn difference(&self) -> Option<f64> {
        let has_both = self.treated > 0.0 && self.control > 0.0;
        has_both.then(|| self.of_treated / self.treated - self.of_control / self.control)
    }
}

/// The points of a curve, from (0, 0): customers passed, and its height.
pub(super) fn points(tallies: &[Tally], curve: Curve) -> Vec<(f64, f64)> {
    let mut sum = Tally::default();
    let mut points = vec![(0.0, 0.0)];
    for tally in tallies {
        sum.add(tally);
        points.push((sum.treated + sum.control, sum.height(curve)));
    }
    points
}

/// The area under a curve.
fn area(tallies: &[Tally], curve: Curve) -> f64 {
    let mut sum = Tally::default();
    let (mut area, mut x, mut y) = (0.0, 0.0, 0.0);
    for tally in tallies {
        sum.add(tally);
        let (next, height) = (sum.treated + sum.control, sum.height(curve));
        area += 0.5 * (next - x) * (height + y);
        (x, y) = (next, height);
    }
    area
}

impl Areas {
    pub fn of(tallies: &[Tally]) -> Self {
        let mut all = Tally::default();
        for tally in tallies {
            all.add(tally);
        }
        let customers = all.treated + all.control;
        Self {
            qini: area(tallies, Curve::Qini),
            uplift: area(tallies, Curve::Uplift),
            chance: 0.5 * customers * all.height(Curve::Qini),
            customers,
            treated: all.treated,
        }
    }

    /// What the order brings beyond one by chance, for each treated customer, in units of the outcome and as the
    /// mean over all depths to which one could treat.
    pub fn gain(&self) -> f64 {
        (self.qini - self.chance) / (self.customers * self.treated)
    }

    /// The Qini coefficient: the area above chance in parts of that of the best order there can be. Outcomes
    /// must be 0 and 1. `None` where no order beats chance.
    pub fn qini_coefficient(&self, tallies: &[Tally]) -> Option<f64> {
        let best = area(&best_qini(tallies), Curve::Qini) - self.chance;
        (best > 0.0).then(|| (self.qini - self.chance) / best)
    }

    /// The same of the uplift curve (AUUC).
    pub fn auuc(&self, tallies: &[Tally]) -> Option<f64> {
        let mut all = Tally::default();
        for tally in tallies {
            all.add(tally);
        }
        let chance = 0.5 * self.customers * all.height(Curve::Uplift);
        let best = area(&best_uplift(&all), Curve::Uplift) - chance;
        (best > 0.0).then(|| (self.uplift - chance) / best)
    }
}

/// The four sorts of customers where outcomes are 0 and 1: treated who did and did not, control who did and did not.
fn sorts(all: &Tally) -> [Tally; 4] {
    let treated = |count: f64, of: f64| Tally {
        treated: count,
        of_treated: of,
        ..Tally::default()
    };
    let control = |count: f64, of: f64| Tally {
        control: count,
        of_control: of,
        ..Tally::default()
    };
    [
        treated(all.of_treated, all.of_treated),
        treated(all.treated - all.of_treated, 0.0),
        control(all.of_control, all.of_control),
        control(all.control - all.of_control, 0.0),
    ]
}

fn together(a: Tally, b: Tally) -> Tally {
    let mut both = a;
    both.add(&b);
    both
}

/// The best order by Qini: treated who did, then all who did not, then the control who did.
fn best_qini(tallies: &[Tally]) -> [Tally; 3] {
    let mut all = Tally::default();
    for tally in tallies {
        all.add(tally);
    }
    let [did, did_not, control_did, control_did_not] = sorts(&all);
    [did, together(did_not, control_did_not), control_did]
}

/// The best order by uplift, as scikit-uplift has it: `2 * (y == treated)`, and of those alike the ones who did, or
/// the ones treated where fewer of the control did than of the treated did not.
fn best_uplift(all: &Tally) -> [Tally; 4] {
    let [did, did_not, control_did, control_did_not] = sorts(all);
    match all.of_control > all.treated - all.of_treated {
        true => [did, control_did_not, control_did, did_not],
        false => [did, control_did_not, did_not, control_did],
    }
}

/// The difference of means among the first so many rows of an order; `None` where one arm is not among them.
pub(super) fn uplift_at(
    order: &Order,
    count: usize,
    treated: &[bool],
    outcome: &[f64],
    weights: &[f64],
) -> Option<f64> {
    top(order, count, treated, outcome, weights).difference()
}

fn top(order: &Order, count: usize, treated: &[bool], outcome: &[f64], weights: &[f64]) -> Tally {
    let mut sum = Tally::default();
    for row in order.rows.iter().take(count) {
        let weight = weights[*row];
        if treated[*row] {
            sum.treated += weight;
            sum.of_treated += weight * outcome[*row];
        } else {
            sum.control += weight;
            sum.of_control += weight * outcome[*row];
        }
    }
    sum
}
