//! Fits to data that papers print, against what they print.

use std::collections::BTreeMap;

use perennial_forecast::{
    BgBb, Convergence, Donations, Fit, Model, Renewals, ShiftedBetaGeometric,
};

/// x, t_x and how many of the 11,104 donors of the 1995 cohort of Fader, Hardie & Shang (2010); n = 6. The same 22
/// rows as `load_donations` of the Python package lifetimes 0.11.3 has.
const DONORS: [(u32, u32, u64); 22] = [
    (6, 6, 1203),
    (5, 6, 728),
    (4, 6, 512),
    (3, 6, 357),
    (2, 6, 234),
    (1, 6, 129),
    (5, 5, 335),
    (4, 5, 284),
    (3, 5, 225),
    (2, 5, 173),
    (1, 5, 119),
    (4, 4, 240),
    (3, 4, 181),
    (2, 4, 155),
    (1, 4, 78),
    (3, 3, 322),
    (2, 3, 255),
    (1, 3, 129),
    (2, 2, 613),
    (1, 2, 277),
    (1, 1, 1091),
    (0, 0, 3464),
];

/// Whether a fit is a maximum with these parameters, to their last digit, and this likelihood.
pub fn check<M: Model<N> + std::fmt::Debug, const N: usize>(
    fit: &Fit<M>,
    parameters: [f64; N],
    digits: [i32; N],
    log_likelihood: f64,
    within: f64,
) {
    assert_eq!(fit.convergence, Convergence::Maximum, "{fit:?}");
    assert!(fit.slope < 1e-6, "{fit:?}");
    assert!(fit.warnings.is_empty(), "{fit:?}");
    for at in 0..N {
        let off = (fit.model.parameters()[at] - parameters[at]).abs();
        assert!(
            off <= 0.501 * 10_f64.powi(-digits[at]),
            "{}: {fit:?}",
            M::NAMES[at]
        );
        assert!(
            fit.standard_errors[at].is_some_and(|error| error > 0.0),
            "{fit:?}"
        );
    }
    let off = (fit.log_likelihood - log_likelihood).abs();
    assert!(off <= within, "{fit:?}");
}

#[test]
fn donations_of_the_1995_cohort() {
    let customers: BTreeMap<Donations, u64> = DONORS
        .into_iter()
        .map(|(x, t_x, count)| (Donations::new(x, t_x, 6).expect("valid"), count))
        .collect();
    let fit = BgBb::fit(&customers).expect("a fit");
    assert_eq!(fit.customers, 11_104);
    check(&fit, [1.204, 0.750, 0.657, 2.783], [3; 4], -33_225.6, 0.05);
    // The paper's figures of those who gave each year, and never; five years ahead.
    let ahead = |x, t_x| {
        fit.model
            .expected(&Donations::new(x, t_x, 6).expect("valid"), 5)
    };
    assert!((ahead(6, 6) - 3.75).abs() < 0.01, "{}", ahead(6, 6));
    assert!((ahead(0, 0) - 0.07).abs() < 0.01, "{}", ahead(0, 0));
    let alive = fit.model.alive(&Donations::new(6, 6, 6).expect("valid"));
    assert!((alive - 0.93).abs() < 0.01, "{alive}");
}

/// The two segments of Fader & Hardie (2007): of 1,000 customers each, those left year by year.
#[test]
fn contracts_of_two_segments() {
    let high = Renewals::of_survivors(&[1000, 869, 743, 653, 593, 551, 517, 491]).expect("falls");
    let fit = ShiftedBetaGeometric::fit(&[high]).expect("a fit");
    check(&fit, [0.668, 3.806], [3; 2], -1611.2, 0.05);
    let regular =
        Renewals::of_survivors(&[1000, 631, 468, 382, 326, 289, 262, 241]).expect("falls");
    let fit = ShiftedBetaGeometric::fit(&[regular]).expect("a fit");
    check(&fit, [0.704, 1.182], [3; 2], -1680.3, 0.05);
}
