//! Projections: from longitude and latitude into the twin's plane and back, with PROJ; lengths on the ellipsoid.
//!
//! PROJ is compiled in, its database `proj.db` too (the static build embeds it), so a moved program needs no files beside it.
//!
//! # Units
//! Longitude and latitude in degrees, in this order (x, y); projected coordinates in metres, east and north.

use geo::{Distance, Geodesic, Point};
use geo_types::Coord;
use proj::Proj;
use rayon::prelude::*;
use twin::{Finding, Findings};

/// A transformation between longitude and latitude (WGS84, taken as ETRS89 to within a metre) and a projected system.
///
/// PROJ objects stay in their thread: make one per thread, or use [`local_from_wgs84_many`].
pub struct Projector {
    epsg: u32,
    proj: Proj,
}

impl Projector {
    /// The transformation into the projected reference system of this EPSG code.
    ///
    /// # Errors
    /// One finding where the code is unknown, not projected, not in metres, or its axes are not east and north.
    pub fn new(epsg: u32) -> Result<Self, Findings> {
        check_projected(epsg)?;
        let proj = transformation(epsg)?;
        Ok(Self { epsg, proj })
    }

    /// EPSG code of the projected system.
    #[must_use]
    pub const fn epsg(&self) -> u32 {
        self.epsg
    }

    /// Accuracy of the transformation as PROJ tells it, metres; nothing where it is not known.
    #[must_use]
    pub fn accuracy_m(&self) -> Option<f64> {
        let accuracy_m = self.proj.proj_info().accuracy;
        (accuracy_m >= 0.0).then_some(accuracy_m)
    }

    /// Projects a position.
    ///
    /// # Errors
    /// A finding where the position lies outside what the system can represent.
    pub fn local_from_wgs84(&self, lon_lat_deg: Coord<f64>) -> Result<Coord<f64>, Finding> {
        if !is_on_earth(lon_lat_deg) {
            return Err(outside(lon_lat_deg, self.epsg));
        }
        match self.proj.convert((lon_lat_deg.x, lon_lat_deg.y)) {
            Ok((x, y)) if x.is_finite() && y.is_finite() => Ok(Coord { x, y }),
            _ => Err(outside(lon_lat_deg, self.epsg)),
        }
    }

    /// Longitude and latitude of a projected position.
    ///
    /// # Errors
    /// A finding where the position lies outside what the system can represent.
    pub fn wgs84_from_local(&self, position: Coord<f64>) -> Result<Coord<f64>, Finding> {
        match self.proj.project((position.x, position.y), true) {
            Ok((x, y)) => {
                let lon_lat_deg = Coord { x, y };
                if is_on_earth(lon_lat_deg) { Ok(lon_lat_deg) } else { Err(outside(position, self.epsg)) }
            }
            Err(_) => Err(outside(position, self.epsg)),
        }
    }
}

/// Projects many positions in parallel; `None` where a position cannot be projected. The result does not depend on the
/// number of threads.
///
/// # Errors
/// As [`Projector::new`].
pub fn local_from_wgs84_many(epsg: u32, lon_lat_deg: &[Coord<f64>]) -> Result<Vec<Option<Coord<f64>>>, Findings> {
    const CHUNK: usize = 1 << 16;
    check_projected(epsg)?;
    let chunks: Vec<Vec<Option<Coord<f64>>>> = lon_lat_deg
        .par_chunks(CHUNK)
        .map(|chunk| {
            let projector = Projector { epsg, proj: transformation(epsg)? };
            Ok(projector.chunk(chunk))
        })
        .collect::<Result<_, Findings>>()?;
    Ok(chunks.concat())
}

impl Projector {
    /// All of a chunk at once, one by one only where PROJ stumbles over one of them.
    fn chunk(&self, lon_lat_deg: &[Coord<f64>]) -> Vec<Option<Coord<f64>>> {
        let mut points: Vec<(f64, f64)> = lon_lat_deg.iter().map(|c| (c.x, c.y)).collect();
        if lon_lat_deg.iter().all(|c| is_on_earth(*c)) && self.proj.convert_array(&mut points).is_ok() {
            return points
                .into_iter()
                .map(|(x, y)| (x.is_finite() && y.is_finite()).then_some(Coord { x, y }))
                .collect();
        }
        lon_lat_deg.iter().map(|c| self.local_from_wgs84(*c).ok()).collect()
    }
}

/// EPSG code of the UTM zone at a position: ETRS89 in Europe (EPSG:25828 to 25838), WGS84 elsewhere.
#[must_use]
pub fn utm_epsg_at(lon_deg: f64, lat_deg: f64) -> u32 {
    let zone = (((lon_deg + 180.0) / 6.0).floor().clamp(0.0, 59.0)) as u32 + 1;
    let in_europe = (28..=38).contains(&zone) && (34.0..=84.0).contains(&lat_deg);
    match (in_europe, lat_deg >= 0.0) {
        (true, _) => 25800 + zone,
        (false, true) => 32600 + zone,
        (false, false) => 32700 + zone,
    }
}

/// Length of a line of longitudes and latitudes on the ellipsoid (WGS84; on GRS80 it differs by less than 1e-9), metres.
///
/// # References
/// C. F. F. Karney: Algorithms for geodesics. Journal of Geodesy 87, 43–55 (2013). doi:10.1007/s00190-012-0578-z
#[must_use]
pub fn geodesic_length_m(lon_lat_deg: &[Coord<f64>]) -> f64 {
    lon_lat_deg.windows(2).map(|pair| Geodesic.distance(Point(pair[0]), Point(pair[1]))).sum()
}

fn is_on_earth(lon_lat_deg: Coord<f64>) -> bool {
    lon_lat_deg.x.abs() <= 180.0 && lon_lat_deg.y.abs() <= 90.0
}

fn outside(position: Coord<f64>, epsg: u32) -> Finding {
    Finding::warning(
        "position-outside-crs",
        format!("The position {} {} cannot be represented in EPSG:{epsg}.", position.x, position.y),
    )
    .with_help("Check the order of the axes, or choose another reference system with --crs.")
}

fn transformation(epsg: u32) -> Result<Proj, Findings> {
    Proj::new_known_crs("EPSG:4326", &format!("EPSG:{epsg}"), None)
        .map_err(|error| crs_error(epsg, &format!("cannot be reached from WGS84 ({error})")))
}

fn crs_error(epsg: u32, what: &str) -> Findings {
    Finding::error("crs-not-usable", format!("EPSG:{epsg} {what}."))
        .with_field("crs")
        .with_help(
            "Choose a projected reference system in metres, such as EPSG:25832 or EPSG:25833 (ETRS89/UTM, Germany), or \
             leave out --crs.",
        )
        .into()
}

/// Whether the code names a projected system in metres with axes east and north.
fn check_projected(epsg: u32) -> Result<(), Findings> {
    let crs =
        Proj::new(&format!("EPSG:{epsg}")).map_err(|_| crs_error(epsg, "is not a reference system that PROJ knows"))?;
    let json = crs
        .to_projjson(Some(false), None, None)
        .ok()
        .and_then(|text| serde_json::from_str::<serde_json::Value>(&text).ok())
        .ok_or_else(|| crs_error(epsg, "is not a reference system that PROJ can describe"))?;
    let name = json["name"].as_str().unwrap_or("without a name").to_owned();
    match json["type"].as_str() {
        Some("ProjectedCRS") => {}
        Some("GeographicCRS" | "GeodeticCRS") => {
            return Err(crs_error(epsg, &format!("({name}) is geographic: its coordinates are degrees, not metres")));
        }
        Some("CompoundCRS") => {
            return Err(crs_error(
                epsg,
                &format!("({name}) is compound: give the code of its horizontal part; heights are metres anyway"),
            ));
        }
        other => {
            let kind = other.unwrap_or("of unknown type").to_owned();
            return Err(crs_error(epsg, &format!("({name}) is no projected reference system but {kind}")));
        }
    }
    let axes = json["coordinate_system"]["axis"].as_array().cloned().unwrap_or_default();
    if axes.iter().any(|axis| axis["unit"] != "metre") {
        return Err(crs_error(epsg, &format!("({name}) is not in metres")));
    }
    let mut directions: Vec<&str> = axes.iter().filter_map(|axis| axis["direction"].as_str()).collect();
    directions.sort_unstable();
    if directions != ["east", "north"] {
        return Err(crs_error(epsg, &format!("({name}) does not have axes that point east and north")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use geo_types::coord;

    use super::*;

    fn refusal(epsg: u32) -> String {
        match Projector::new(epsg) {
            Ok(_) => panic!("EPSG:{epsg} should be refused"),
            Err(findings) => {
                assert!(findings.has_errors());
                findings.0[0].message.clone()
            }
        }
    }

    #[test]
    fn utm_agrees_with_pyproj() {
        // pyproj 3.7.2 (PROJ 9.5.1), EPSG:4326 to EPSG:25832, always_xy.
        let projector = Projector::new(25832).expect("EPSG:25832");
        let nuremberg = projector.local_from_wgs84(coord! { x: 11.0775, y: 49.4539 }).expect("on earth");
        assert!((nuremberg.x - 650_562.935).abs() < 0.01, "{nuremberg:?}");
        assert!((nuremberg.y - 5_479_990.318).abs() < 0.01, "{nuremberg:?}");
        let back = projector.wgs84_from_local(nuremberg).expect("on earth");
        assert!((back.x - 11.0775).abs() < 1e-9 && (back.y - 49.4539).abs() < 1e-9, "{back:?}");
    }

    #[test]
    fn many_equal_one_by_one_and_wild_positions_are_none() {
        let positions: Vec<_> = (0..200_000).map(|i| coord! { x: 9.0 + f64::from(i) * 1e-5, y: 48.0 }).collect();
        let many = local_from_wgs84_many(25832, &positions).expect("EPSG:25832");
        let projector = Projector::new(25832).expect("EPSG:25832");
        for i in [0, 65_535, 65_536, 199_999] {
            assert_eq!(many[i], projector.local_from_wgs84(positions[i]).ok());
        }
        let wild = [coord! { x: 9.0, y: 48.0 }, coord! { x: 900.0, y: 48.0 }, coord! { x: f64::NAN, y: 1.0 }];
        let some = local_from_wgs84_many(25832, &wild).expect("EPSG:25832");
        assert!(some[0].is_some() && some[1].is_none() && some[2].is_none());
    }

    #[test]
    fn unsuitable_systems_are_refused_with_the_reason() {
        assert!(refusal(4326).contains("geographic"), "{}", refusal(4326));
        assert!(refusal(999_999).contains("PROJ knows"));
        assert!(refusal(5555).contains("compound"));
        assert!(refusal(2277).contains("not in metres"));
    }

    #[test]
    fn gauss_krueger_has_east_first() {
        let projector = Projector::new(31468).expect("DHDN / Gauß-Krüger zone 4");
        let c = projector.local_from_wgs84(coord! { x: 11.28, y: 49.51 }).expect("on earth");
        assert!((4_400_000.0..4_500_000.0).contains(&c.x) && (5_400_000.0..5_500_000.0).contains(&c.y), "{c:?}");
    }

    #[test]
    fn zones() {
        assert_eq!(utm_epsg_at(11.28, 49.5), 25832);
        assert_eq!(utm_epsg_at(13.4, 52.5), 25833);
        assert_eq!(utm_epsg_at(26.95, 60.53), 25835);
        assert_eq!(utm_epsg_at(-77.0, 38.9), 32618);
        assert_eq!(utm_epsg_at(18.4, -33.9), 32734);
    }

    #[test]
    fn length_of_one_degree_of_latitude_and_longitude() {
        // pyproj.Geod (GeographicLib) on WGS84.
        let meridian = geodesic_length_m(&[coord! { x: 9.0, y: 49.0 }, coord! { x: 9.0, y: 50.0 }]);
        assert!((meridian - 111_219.409).abs() < 0.01, "{meridian}");
        let equator = geodesic_length_m(&[coord! { x: 9.0, y: 0.0 }, coord! { x: 10.0, y: 0.0 }]);
        assert!((equator - 111_319.491).abs() < 0.001, "{equator}");
    }
}
