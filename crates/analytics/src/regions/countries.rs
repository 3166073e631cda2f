//! Countries by ISO 3166 alpha-2 code and English name, in the regions and sub-regions of UN M49.
//!
//! M49 lists no Taiwan; it stands here with its neighbours, as ISO 3166 has a code for it. Antarctica and
//! other places that M49 puts in no region have none.

use std::collections::HashMap;
use std::sync::LazyLock;

/// A country.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Country {
    /// Its ISO 3166 alpha-2 code.
    pub code: &'static str,
    /// Its short English name.
    pub name: &'static str,
    /// The M49 code and name of its sub-region.
    pub subregion: (&'static str, &'static str),
    /// The M49 code and name of its region.
    pub region: (&'static str, &'static str),
}

/// The country that a text means: an alpha-2 code or an English name, in whatever case and punctuation.
pub fn country(text: &str) -> Option<Country> {
    BY_SPELLING.get(&spelling(text)).copied()
}

/// Codes, names and aliases as [`spelling`] writes them.
static BY_SPELLING: LazyLock<HashMap<String, Country>> = LazyLock::new(|| {
    let mut by_spelling = HashMap::new();
    for country in countries() {
        by_spelling.insert(spelling(country.code), country);
        by_spelling.insert(spelling(country.name), country);
    }
    for (alias, code) in ALIASES {
        if let Some(country) = by_spelling.get(*code).copied() {
            by_spelling.insert((*alias).to_owned(), country);
        }
    }
    by_spelling
});

/// All countries, by sub-region.
pub fn countries() -> impl Iterator<Item = Country> {
    SUBREGIONS
        .iter()
        .flat_map(|&(subregion, region, countries)| {
            countries.iter().map(move |&(code, name)| Country {
                code,
                name,
                subregion,
                region,
            })
        })
}

/// Letters only, lower case, without the accents that English names carry.
fn spelling(text: &str) -> String {
    let letter = |c: char| match c {
        'å' | 'ã' | 'á' => 'a',
        'ç' => 'c',
        'é' => 'e',
        'í' => 'i',
        'ô' | 'ó' => 'o',
        'ü' => 'u',
        c => c,
    };
    text.chars()
        .filter(|c| c.is_alphabetic())
        .flat_map(char::to_lowercase)
        .map(letter)
        .collect()
}

type Subregion = (
    (&'static str, &'static str),
    (&'static str, &'static str),
    &'static [(&'static str, &'static str)],
);

const AFRICA: (&str, &str) = ("002", "Africa");
const AMERICAS: (&str, &str) = ("019", "Americas");
const ASIA: (&str, &str) = ("142", "Asia");
const EUROPE: (&str, &str) = ("150", "Europe");
const OCEANIA: (&str, &str) = ("009", "Oceania");

#[rustfmt::skip]
static SUBREGIONS: &[Subregion] = &[
    (("015", "Northern Africa"), AFRICA, &[("DZ", "Algeria"), ("EG", "Egypt"), ("LY", "Libya"), ("MA", "Morocco"), ("SD", "Sudan"), ("TN", "Tunisia"), ("EH", "Western Sahara")]),
    (("202", "Sub-Saharan Africa"), AFRICA, &[
        ("IO", "British Indian Ocean Territory"), ("BI", "Burundi"), ("KM", "Comoros"), ("DJ", "Djibouti"), ("ER", "Eritrea"), ("ET", "Ethiopia"), ("TF", "French Southern Territories"), ("KE", "Kenya"), ("MG", "Madagascar"), ("MW", "Malawi"), ("MU", "Mauritius"), ("YT", "Mayotte"), ("MZ", "Mozambique"), ("RE", "Réunion"), ("RW", "Rwanda"), ("SC", "Seychelles"), ("SO", "Somalia"), ("SS", "South Sudan"), ("UG", "Uganda"), ("TZ", "Tanzania"), ("ZM", "Zambia"), ("ZW", "Zimbabwe"),
        ("AO", "Angola"), ("CM", "Cameroon"), ("CF", "Central African Republic"), ("TD", "Chad"), ("CG", "Congo"), ("CD", "Democratic Republic of the Congo"), ("GQ", "Equatorial Guinea"), ("GA", "Gabon"), ("ST", "Sao Tome and Principe"),
        ("BW", "Botswana"), ("SZ", "Eswatini"), ("LS", "Lesotho"), ("NA", "Namibia"), ("ZA", "South Africa"),
        ("BJ", "Benin"), ("BF", "Burkina Faso"), ("CV", "Cabo Verde"), ("CI", "Côte d'Ivoire"), ("GM", "Gambia"), ("GH", "Ghana"), ("GN", "Guinea"), ("GW", "Guinea-Bissau"), ("LR", "Liberia"), ("ML", "Mali"), ("MR", "Mauritania"), ("NE", "Niger"), ("NG", "Nigeria"), ("SH", "Saint Helena"), ("SN", "Senegal"), ("SL", "Sierra Leone"), ("TG", "Togo"),
    ]),
    (("419", "Latin America and the Caribbean"), AMERICAS, &[
        ("AI", "Anguilla"), ("AG", "Antigua and Barbuda"), ("AW", "Aruba"), ("BS", "Bahamas"), ("BB", "Barbados"), ("BQ", "Bonaire, Sint Eustatius and Saba"), ("VG", "British Virgin Islands"), ("KY", "Cayman Islands"), ("CU", "Cuba"), ("CW", "Curaçao"), ("DM", "Dominica"), ("DO", "Dominican Republic"), ("GD", "Grenada"), ("GP", "Guadeloupe"), ("HT", "Haiti"), ("JM", "Jamaica"), ("MQ", "Martinique"), ("MS", "Montserrat"), ("PR", "Puerto Rico"), ("BL", "Saint Barthélemy"), ("KN", "Saint Kitts and Nevis"), ("LC", "Saint Lucia"), ("MF", "Saint Martin"), ("VC", "Saint Vincent and the Grenadines"), ("SX", "Sint Maarten"), ("TT", "Trinidad and Tobago"), ("TC", "Turks and Caicos Islands"), ("VI", "United States Virgin Islands"),
        ("BZ", "Belize"), ("CR", "Costa Rica"), ("SV", "El Salvador"), ("GT", "Guatemala"), ("HN", "Honduras"), ("MX", "Mexico"), ("NI", "Nicaragua"), ("PA", "Panama"),
        ("AR", "Argentina"), ("BO", "Bolivia"), ("BV", "Bouvet Island"), ("BR", "Brazil"), ("CL", "Chile"), ("CO", "Colombia"), ("EC", "Ecuador"), ("FK", "Falkland Islands"), ("GF", "French Guiana"), ("GY", "Guyana"), ("PY", "Paraguay"), ("PE", "Peru"), ("GS", "South Georgia and the South Sandwich Islands"), ("SR", "Suriname"), ("UY", "Uruguay"), ("VE", "Venezuela"),
    ]),
    (("021", "Northern America"), AMERICAS, &[("BM", "Bermuda"), ("CA", "Canada"), ("GL", "Greenland"), ("PM", "Saint Pierre and Miquelon"), ("US", "United States of America")]),
    (("143", "Central Asia"), ASIA, &[("KZ", "Kazakhstan"), ("KG", "Kyrgyzstan"), ("TJ", "Tajikistan"), ("TM", "Turkmenistan"), ("UZ", "Uzbekistan")]),
    (("030", "Eastern Asia"), ASIA, &[("CN", "China"), ("HK", "Hong Kong"), ("MO", "Macao"), ("KP", "North Korea"), ("JP", "Japan"), ("MN", "Mongolia"), ("KR", "South Korea"), ("TW", "Taiwan")]),
    (("035", "South-eastern Asia"), ASIA, &[("BN", "Brunei Darussalam"), ("KH", "Cambodia"), ("ID", "Indonesia"), ("LA", "Laos"), ("MY", "Malaysia"), ("MM", "Myanmar"), ("PH", "Philippines"), ("SG", "Singapore"), ("TH", "Thailand"), ("TL", "Timor-Leste"), ("VN", "Viet Nam")]),
    (("034", "Southern Asia"), ASIA, &[("AF", "Afghanistan"), ("BD", "Bangladesh"), ("BT", "Bhutan"), ("IN", "India"), ("IR", "Iran"), ("MV", "Maldives"), ("NP", "Nepal"), ("PK", "Pakistan"), ("LK", "Sri Lanka")]),
    (("145", "Western Asia"), ASIA, &[("AM", "Armenia"), ("AZ", "Azerbaijan"), ("BH", "Bahrain"), ("CY", "Cyprus"), ("GE", "Georgia"), ("IQ", "Iraq"), ("IL", "Israel"), ("JO", "Jordan"), ("KW", "Kuwait"), ("LB", "Lebanon"), ("OM", "Oman"), ("QA", "Qatar"), ("SA", "Saudi Arabia"), ("PS", "State of Palestine"), ("SY", "Syria"), ("TR", "Türkiye"), ("AE", "United Arab Emirates"), ("YE", "Yemen")]),
    (("151", "Eastern Europe"), EUROPE, &[("BY", "Belarus"), ("BG", "Bulgaria"), ("CZ", "Czechia"), ("HU", "Hungary"), ("PL", "Poland"), ("MD", "Moldova"), ("RO", "Romania"), ("RU", "Russian Federation"), ("SK", "Slovakia"), ("UA", "Ukraine")]),
    (("154", "Northern Europe"), EUROPE, &[("AX", "Åland Islands"), ("DK", "Denmark"), ("EE", "Estonia"), ("FO", "Faroe Islands"), ("FI", "Finland"), ("GG", "Guernsey"), ("IS", "Iceland"), ("IE", "Ireland"), ("IM", "Isle of Man"), ("JE", "Jersey"), ("LV", "Latvia"), ("LT", "Lithuania"), ("NO", "Norway"), ("SJ", "Svalbard and Jan Mayen"), ("SE", "Sweden"), ("GB", "United Kingdom")]),
    (("039", "Southern Europe"), EUROPE, &[("AL", "Albania"), ("AD", "Andorra"), ("BA", "Bosnia and Herzegovina"), ("HR", "Croatia"), ("GI", "Gibraltar"), ("GR", "Greece"), ("VA", "Holy See"), ("IT", "Italy"), ("MT", "Malta"), ("ME", "Montenegro"), ("MK", "North Macedonia"), ("PT", "Portugal"), ("SM", "San Marino"), ("RS", "Serbia"), ("SI", "Slovenia"), ("ES", "Spain")]),
    (("155", "Western Europe"), EUROPE, &[("AT", "Austria"), ("BE", "Belgium"), ("FR", "France"), ("DE", "Germany"), ("LI", "Liechtenstein"), ("LU", "Luxembourg"), ("MC", "Monaco"), ("NL", "Netherlands"), ("CH", "Switzerland")]),
    (("053", "Australia and New Zealand"), OCEANIA, &[("AU", "Australia"), ("CX", "Christmas Island"), ("CC", "Cocos (Keeling) Islands"), ("HM", "Heard Island and McDonald Islands"), ("NZ", "New Zealand"), ("NF", "Norfolk Island")]),
    (("054", "Melanesia"), OCEANIA, &[("FJ", "Fiji"), ("NC", "New Caledonia"), ("PG", "Papua New Guinea"), ("SB", "Solomon Islands"), ("VU", "Vanuatu")]),
    (("057", "Micronesia"), OCEANIA, &[("GU", "Guam"), ("KI", "Kiribati"), ("MH", "Marshall Islands"), ("FM", "Micronesia (Federated States of)"), ("NR", "Nauru"), ("MP", "Northern Mariana Islands"), ("PW", "Palau"), ("UM", "United States Minor Outlying Islands")]),
    (("061", "Polynesia"), OCEANIA, &[("AS", "American Samoa"), ("CK", "Cook Islands"), ("PF", "French Polynesia"), ("NU", "Niue"), ("PN", "Pitcairn"), ("WS", "Samoa"), ("TK", "Tokelau"), ("TO", "Tonga"), ("TV", "Tuvalu"), ("WF", "Wallis and Futuna")]),
];

/// Other words for countries, as [`spelling`] writes them, with the code in lower case.
#[rustfmt::skip]
static ALIASES: &[(&str, &str)] = &[
    ("usa", "us"), ("unitedstates", "us"), ("america", "us"), ("uk", "gb"), ("greatbritain", "gb"),
    ("england", "gb"), ("scotland", "gb"), ("wales", "gb"), ("northernireland", "gb"),
    ("unitedkingdomofgreatbritainandnorthernireland", "gb"), ("el", "gr"), ("czechrepublic", "cz"), ("russia", "ru"),
    ("turkey", "tr"), ("korea", "kr"), ("republicofkorea", "kr"),
    ("democraticpeoplesrepublicofkorea", "kp"), ("brunei", "bn"), ("burma", "mm"), ("easttimor", "tl"),
    ("laopeoplesdemocraticrepublic", "la"), ("macau", "mo"), ("syrianarabrepublic", "sy"), ("palestine", "ps"),
    ("iranislamicrepublicof", "ir"), ("islamicrepublicofiran", "ir"), ("republicofmoldova", "md"), ("macedonia", "mk"), ("vatican", "va"),
    ("vaticancity", "va"), ("holland", "nl"), ("thenetherlands", "nl"), ("bosnia", "ba"), ("slovakrepublic", "sk"),
    ("ivorycoast", "ci"), ("capeverde", "cv"), ("swaziland", "sz"), ("drcongo", "cd"), ("congokinshasa", "cd"),
    ("congobrazzaville", "cg"), ("republicofthecongo", "cg"), ("thegambia", "gm"), ("thebahamas", "bs"),
    ("unitedrepublicoftanzania", "tz"), ("boliviaplurinationalstateof", "bo"), ("venezuelabolivarianrepublicof", "ve"),
    ("federatedstatesofmicronesia", "fm"), ("uae", "ae"), ("taiwanprovinceofchina", "tw"), ("peoplesrepublicofchina", "cn"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_code_and_name_means_one_country() {
        let mut spellings = BTreeSet::new();
        for own in countries() {
            assert!(spellings.insert(spelling(own.code)), "{}", own.code);
            assert!(spellings.insert(spelling(own.name)), "{}", own.name);
            assert_eq!(country(own.code), Some(own));
            assert_eq!(country(own.name), Some(own));
            let letters = own.code.bytes().all(|b| b.is_ascii_uppercase());
            assert!(own.code.len() == 2 && letters, "{}", own.code);
        }
        for (alias, code) in ALIASES {
            assert!(spellings.insert((*alias).to_owned()), "{alias}");
            assert_eq!(spelling(alias), *alias);
            assert!(country(code).is_some(), "{code}");
        }
        // ISO 3166 has 249 codes; only Antarctica is in no region of M49.
        assert_eq!(countries().count(), 248);
    }

    #[test]
    fn texts_are_read_as_people_write_them() {
        let code = |text: &str| country(text).map(|country| country.code);
        assert_eq!(code("de"), Some("DE"));
        assert_eq!(code(" United kingdom"), Some("GB"));
        assert_eq!(code("U.S.A."), Some("US"));
        assert_eq!(code("Cote d'Ivoire"), Some("CI"));
        assert_eq!(code("Atlantis"), None);
        assert_eq!(code(""), None);
        let germany = country("Germany").unwrap();
        assert_eq!(germany.subregion, ("155", "Western Europe"));
        assert_eq!(germany.region, ("150", "Europe"));
    }
}
