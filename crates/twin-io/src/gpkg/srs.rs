//! The rows of `gpkg_spatial_ref_sys`: reference systems as well-known text.

use twin::Crs;

/// A reference system as a GeoPackage names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Srs {
    pub(crate) name: String,
    pub(crate) srs_id: i32,
    pub(crate) organization: &'static str,
    pub(crate) code: i32,
    pub(crate) wkt: String,
    pub(crate) description: &'static str,
}

impl Srs {
    /// The system of a twin's coordinates; a plane without a place on earth is the standard's "undefined Cartesian".
    pub(crate) fn of(crs: &Crs) -> Self {
        match i32::try_from(crs.epsg) {
            Ok(0) | Err(_) => Self::cartesian(),
            Ok(4326) => Self::wgs84(),
            Ok(code) => Self {
                name: utm(crs.epsg).map_or_else(|| crs.name(), |utm| utm.name()),
                srs_id: code,
                organization: "EPSG",
                code,
                wkt: wkt(crs.epsg),
                description: "Reference system of all layers",
            },
        }
    }

    /// The three rows that every GeoPackage has.
    pub(crate) fn mandatory() -> [Self; 3] {
        [Self::cartesian(), Self::geographic(), Self::wgs84()]
    }

    /// Whether every GeoPackage has it anyway.
    pub(crate) const fn is_mandatory(&self) -> bool {
        matches!(self.srs_id, -1 | 0 | 4326)
    }

    fn cartesian() -> Self {
        Self {
            name: "Undefined Cartesian SRS".to_owned(),
            srs_id: -1,
            organization: "NONE",
            code: -1,
            wkt: "undefined".to_owned(),
            description: "undefined Cartesian coordinate reference system",
        }
    }

    fn geographic() -> Self {
        Self {
            name: "Undefined geographic SRS".to_owned(),
            srs_id: 0,
            organization: "NONE",
            code: 0,
            wkt: "undefined".to_owned(),
            description: "undefined geographic coordinate reference system",
        }
    }

    fn wgs84() -> Self {
        Self {
            name: "WGS 84 geodetic".to_owned(),
            srs_id: 4326,
            organization: "EPSG",
            code: 4326,
            wkt: WGS84.to_owned(),
            description: "longitude/latitude coordinates in decimal degrees on the WGS 84 spheroid",
        }
    }
}

/// Well-known text (version 1, as GDAL writes it) of an EPSG code: the UTM zones from their definition, all others from
/// PROJ's data base; `undefined` where PROJ does not know it (readers then take the code).
pub(crate) fn wkt(epsg: u32) -> String {
    utm(epsg).map(|utm| utm.wkt()).or_else(|| wkt_of_proj(epsg)).unwrap_or_else(|| "undefined".to_owned())
}

fn wkt_of_proj(epsg: u32) -> Option<String> {
    proj::Proj::new(&format!("EPSG:{epsg}")).ok()?.as_wkt(Some(proj::wkt::WktVersion::Wkt1_Gdal), None).ok()
}

/// A zone of the universal transverse Mercator grid.
struct Utm {
    epsg: u32,
    zone: u32,
    south: bool,
    etrs89: bool,
}

fn utm(epsg: u32) -> Option<Utm> {
    match epsg {
        25828..=25838 => Some(Utm { epsg, zone: epsg - 25800, south: false, etrs89: true }),
        32601..=32660 => Some(Utm { epsg, zone: epsg - 32600, south: false, etrs89: false }),
        32701..=32760 => Some(Utm { epsg, zone: epsg - 32700, south: true, etrs89: false }),
        _ => None,
    }
}

impl Utm {
    fn name(&self) -> String {
        let datum = if self.etrs89 { "ETRS89" } else { "WGS 84" };
        format!("{datum} / UTM zone {}{}", self.zone, if self.south { "S" } else { "N" })
    }

    fn wkt(&self) -> String {
        format!(
            "PROJCS[\"{}\",{},PROJECTION[\"Transverse_Mercator\"],PARAMETER[\"latitude_of_origin\",0],\
             PARAMETER[\"central_meridian\",{}],PARAMETER[\"scale_factor\",0.9996],PARAMETER[\"false_easting\",500000],\
             PARAMETER[\"false_northing\",{}],UNIT[\"metre\",1,AUTHORITY[\"EPSG\",\"9001\"]],AXIS[\"Easting\",EAST],\
             AXIS[\"Northing\",NORTH],AUTHORITY[\"EPSG\",\"{}\"]]",
            self.name(),
            if self.etrs89 { ETRS89 } else { WGS84 },
            i64::from(self.zone) * 6 - 183,
            if self.south { 10_000_000 } else { 0 },
            self.epsg
        )
    }
}

const WGS84: &str = "GEOGCS[\"WGS 84\",DATUM[\"WGS_1984\",SPHEROID[\"WGS 84\",6378137,298.257223563,AUTHORITY[\"EPSG\",\"7030\"]],\
     AUTHORITY[\"EPSG\",\"6326\"]],PRIMEM[\"Greenwich\",0,AUTHORITY[\"EPSG\",\"8901\"]],\
     UNIT[\"degree\",0.0174532925199433,AUTHORITY[\"EPSG\",\"9122\"]],AXIS[\"Latitude\",NORTH],AXIS[\"Longitude\",EAST],\
     AUTHORITY[\"EPSG\",\"4326\"]]";

const ETRS89: &str = "GEOGCS[\"ETRS89\",DATUM[\"European_Terrestrial_Reference_System_1989\",\
     SPHEROID[\"GRS 1980\",6378137,298.257222101,AUTHORITY[\"EPSG\",\"7019\"]],AUTHORITY[\"EPSG\",\"6258\"]],\
     PRIMEM[\"Greenwich\",0,AUTHORITY[\"EPSG\",\"8901\"]],UNIT[\"degree\",0.0174532925199433,AUTHORITY[\"EPSG\",\"9122\"]],\
     AXIS[\"Latitude\",NORTH],AXIS[\"Longitude\",EAST],AUTHORITY[\"EPSG\",\"4258\"]]";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_central_meridian_of_zone_32_is_9_degrees_east() {
        assert!(wkt(25832).contains("PARAMETER[\"central_meridian\",9]"));
        assert!(wkt(32733).contains("PARAMETER[\"central_meridian\",15]"));
        assert_eq!(Srs::of(&Crs::NOWHERE).srs_id, -1);
        assert_eq!(Srs::of(&Crs { epsg: 25833 }).name, "ETRS89 / UTM zone 33N");
    }
}
