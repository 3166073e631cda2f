//! The 600 customers of the R package CLVTools' apparel data, fitted until 2006-12-31, with and without covariates.
//!
//! The data are not part of this repository: `benches/forecast/check.sh FOLDER` runs these tests.

use std::collections::BTreeMap;

use perennial_forecast::{
    Convergence, CountModel, CovariateGroups, Covariates, Groups, Horizon, PurchaseModel,
};

use crate::logs;

#[test]
#[ignore = "needs the apparel log: benches/forecast/check.sh"]
fn covariates_of_pareto_nbd() {
    let (orders, names) = logs::orders("apparel_log.csv");
    assert_eq!(names.len(), 600);
    let purchases = logs::purchases(&orders, logs::day("2006-12-31"));
    let plain = PurchaseModel::fit("paretonbd", &Groups::of(&purchases).0).expect("a fit");
    assert!((plain.log_likelihood + 5_848.10).abs() < 0.005, "{plain:?}");
    let table: BTreeMap<String, Vec<f64>> = logs::rows("apparel_covariates.csv")
        .into_iter()
        .map(|row| {
            let values = row[1..].iter().map(|cell| cell.parse().expect("a number"));
            (row[0].clone(), values.collect())
        })
        .collect();
    let values = names.iter().flat_map(|name| table[name].iter().copied());
    let titles = vec!["Gender".to_owned(), "Channel".to_owned()];
    let covariates = Covariates::new(titles, values.collect()).expect("numbers");
    let (groups, _) = CovariateGroups::of(&purchases, &covariates).expect("of each");
    assert_eq!(groups.patterns().len(), 4);
    let fit = PurchaseModel::fit_with("paretonbd", &groups).expect("a fit");
    assert!((fit.log_likelihood + 5_821.06).abs() < 0.005, "{fit:?}");
    assert_eq!(fit.convergence, Convergence::Maximum);
    assert!(fit.standard_errors.iter().all(Option::is_some), "{fit:?}");
    let again = PurchaseModel::from_parameters(fit.model.name(), &fit.model.parameters());
    assert_eq!(again.expect("the same"), fit.model);
    let horizon = Horizon::new(52.0).expect("a span");
    let ahead: f64 = purchases
        .iter()
        .zip(covariates.each())
        .map(|(one, values)| {
            let model = fit.model.of_customer(values).expect("a model");
            model.expected(one, horizon)
        })
        .sum();
    assert!((ahead - 438.4).abs() < 0.1, "{ahead}");
}
