//! Geometries as GeoPackage stores them: a header with reference system and envelope, then well-known binary (WKB).

use geo_types::{
    Coord, Geometry, GeometryCollection, LineString, MultiLineString, MultiPoint, MultiPolygon, Point, Polygon,
};

/// Smallest and greatest x and y of a geometry.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Envelope {
    /// Smallest x, greatest x, smallest y, greatest y: the order of the header and of the R-tree.
    pub(crate) bounds: [f64; 4],
}

impl Envelope {
    /// The envelope of nothing.
    pub(crate) const EMPTY: Self =
        Self { bounds: [f64::INFINITY, f64::NEG_INFINITY, f64::INFINITY, f64::NEG_INFINITY] };

    /// Whether nothing is in it.
    pub(crate) fn is_empty(&self) -> bool {
        self.bounds[0] > self.bounds[1]
    }

    /// Grows by a position.
    pub(crate) fn add(&mut self, position: Coord<f64>) {
        self.bounds[0] = self.bounds[0].min(position.x);
        self.bounds[1] = self.bounds[1].max(position.x);
        self.bounds[2] = self.bounds[2].min(position.y);
        self.bounds[3] = self.bounds[3].max(position.y);
    }

    /// Grows by another envelope.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.bounds[0] = self.bounds[0].min(other.bounds[0]);
        self.bounds[1] = self.bounds[1].max(other.bounds[1]);
        self.bounds[2] = self.bounds[2].min(other.bounds[2]);
        self.bounds[3] = self.bounds[3].max(other.bounds[3]);
    }
}

/// A geometry as bytes, with its envelope (empty for an empty geometry).
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Blob {
    pub(crate) bytes: Vec<u8>,
    pub(crate) envelope: Envelope,
    /// Whether every coordinate is a number.
    pub(crate) finite: bool,
}

/// Encodes a point.
pub(crate) fn point(position: Coord<f64>, srs_id: i32) -> Blob {
    encode(srs_id, |wkb| wkb.point(position))
}

/// Encodes a line.
pub(crate) fn line_string(line: &LineString<f64>, srs_id: i32) -> Blob {
    encode(srs_id, |wkb| wkb.line_string(line))
}

/// Encodes several lines.
pub(crate) fn multi_line_string(lines: &[&LineString<f64>], srs_id: i32) -> Blob {
    encode(srs_id, |wkb| {
        wkb.head(5);
        wkb.count(lines.len());
        lines.iter().for_each(|line| wkb.line_string(line));
    })
}

/// Encodes a multipolygon.
pub(crate) fn multi_polygon(polygons: &MultiPolygon<f64>, srs_id: i32) -> Blob {
    encode(srs_id, |wkb| wkb.multi_polygon(polygons))
}

/// Encodes any geometry. Lines of two points, rectangles and triangles are no simple features: they become line strings
/// and polygons.
pub(crate) fn geometry(geometry: &Geometry<f64>, srs_id: i32) -> Blob {
    encode(srs_id, |wkb| wkb.geometry(geometry))
}

/// Decodes a geometry; the error says what is wrong with the bytes.
pub(crate) fn decode(bytes: &[u8]) -> Result<Geometry<f64>, String> {
    if bytes.len() < 8 || &bytes[..2] != b"GP" {
        return Err("it is not a GeoPackage geometry".to_owned());
    }
    let envelope_length = match (bytes[3] >> 1) & 7 {
        0 => 0,
        1 => 32,
        2 | 3 => 48,
        4 => 64,
        other => return Err(format!("its envelope is of the unknown kind {other}")),
    };
    let wkb = bytes.get(8 + envelope_length..).ok_or("it ends within its header")?;
    let mut cursor = Cursor { rest: wkb };
    let geometry = cursor.geometry(0)?;
    if cursor.rest.is_empty() { Ok(geometry) } else { Err(format!("{} bytes follow its end", cursor.rest.len())) }
}

/// The number of bytes of the header with an envelope of x and y.
const HEADER: usize = 40;

fn encode(srs_id: i32, write: impl FnOnce(&mut Wkb)) -> Blob {
    let mut wkb = Wkb { bytes: vec![0; HEADER], envelope: Envelope::EMPTY, finite: true };
    write(&mut wkb);
    let Wkb { mut bytes, envelope, finite } = wkb;
    let empty = envelope.is_empty();
    let is_point = bytes.get(HEADER + 1) == Some(&1);
    if empty || is_point {
        bytes.drain(8..HEADER);
    } else {
        for (index, bound) in envelope.bounds.iter().enumerate() {
            bytes[8 + 8 * index..16 + 8 * index].copy_from_slice(&bound.to_le_bytes());
        }
    }
    bytes[..2].copy_from_slice(b"GP");
    bytes[3] = 1 | (u8::from(!empty && !is_point) << 1) | (u8::from(empty) << 4);
    bytes[4..8].copy_from_slice(&srs_id.to_le_bytes());
    Blob { bytes, envelope, finite }
}

struct Wkb {
    bytes: Vec<u8>,
    envelope: Envelope,
    finite: bool,
}

impl Wkb {
    fn head(&mut self, kind: u32) {
        self.bytes.push(1);
        self.bytes.extend_from_slice(&kind.to_le_bytes());
    }
    fn count(&mut self, count: usize) {
        let count = u32::try_from(count).expect("because no geometry has 2^32 parts");
        self.bytes.extend_from_slice(&count.to_le_bytes());
    }
    fn coord(&mut self, coord: Coord<f64>) {
        self.finite &= coord.x.is_finite() && coord.y.is_finite();
        self.envelope.add(coord);
        self.bytes.extend_from_slice(&coord.x.to_le_bytes());
        self.bytes.extend_from_slice(&coord.y.to_le_bytes());
    }
    fn coords(&mut self, line: &LineString<f64>) {
        self.count(line.0.len());
        line.0.iter().for_each(|&coord| self.coord(coord));
    }
    fn point(&mut self, coord: Coord<f64>) {
        self.head(1);
        self.coord(coord);
    }
    fn line_string(&mut self, line: &LineString<f64>) {
        self.head(2);
        self.coords(line);
    }
    fn polygon(&mut self, polygon: &Polygon<f64>) {
        self.head(3);
        let has_rings = !polygon.exterior().0.is_empty() || !polygon.interiors().is_empty();
        self.count(if has_rings { 1 + polygon.interiors().len() } else { 0 });
        if has_rings {
            self.coords(polygon.exterior());
            polygon.interiors().iter().for_each(|ring| self.coords(ring));
        }
    }
    fn multi_polygon(&mut self, polygons: &MultiPolygon<f64>) {
        self.head(6);
        self.count(polygons.0.len());
        polygons.0.iter().for_each(|polygon| self.polygon(polygon));
    }
    fn geometry(&mut self, geometry: &Geometry<f64>) {
        match geometry {
            Geometry::Point(point) => self.point(point.0),
            Geometry::Line(line) => self.line_string(&LineString(vec![line.start, line.end])),
            Geometry::LineString(line) => self.line_string(line),
            Geometry::Polygon(polygon) => self.polygon(polygon),
            Geometry::MultiPoint(points) => {
                self.head(4);
                self.count(points.0.len());
                points.0.iter().for_each(|point| self.point(point.0));
            }
            Geometry::MultiLineString(lines) => {
                self.head(5);
                self.count(lines.0.len());
                lines.0.iter().for_each(|line| self.line_string(line));
            }
            Geometry::MultiPolygon(polygons) => self.multi_polygon(polygons),
            Geometry::GeometryCollection(parts) => {
                self.head(7);
                self.count(parts.0.len());
                parts.0.iter().for_each(|part| self.geometry(part));
            }
            Geometry::Rect(rect) => self.polygon(&rect.to_polygon()),
            Geometry::Triangle(triangle) => self.polygon(&triangle.to_polygon()),
        }
    }
}

struct Cursor<'a> {
    rest: &'a [u8],
}

impl Cursor<'_> {
    fn bytes<const N: usize>(&mut self) -> Result<[u8; N], String> {
        let (head, tail) = self.rest.split_first_chunk::<N>().ok_or("it ends too early")?;
        self.rest = tail;
        Ok(*head)
    }
    fn u32(&mut self, little: bool) -> Result<u32, String> {
        let bytes = self.bytes::<4>()?;
        Ok(if little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) })
    }
    fn f64(&mut self, little: bool) -> Result<f64, String> {
        let bytes = self.bytes::<8>()?;
        Ok(if little { f64::from_le_bytes(bytes) } else { f64::from_be_bytes(bytes) })
    }
    fn coord(&mut self, little: bool) -> Result<Coord<f64>, String> {
        let coord = Coord { x: self.f64(little)?, y: self.f64(little)? };
        if coord.x.is_finite() && coord.y.is_finite() {
            Ok(coord)
        } else {
            Err("a coordinate is not a number".to_owned())
        }
    }
    /// A count of things of which each takes at least `size` bytes: a broken count reserves no memory.
    fn count(&mut self, little: bool, size: usize) -> Result<usize, String> {
        let count = self.u32(little)? as usize;
        if count.saturating_mul(size) > self.rest.len() {
            return Err(format!("it announces {count} parts but ends too early"));
        }
        Ok(count)
    }
    fn coords(&mut self, little: bool) -> Result<LineString<f64>, String> {
        let count = self.count(little, 16)?;
        (0..count).map(|_| self.coord(little)).collect::<Result<_, _>>().map(LineString)
    }
    fn polygon(&mut self, little: bool) -> Result<Polygon<f64>, String> {
        let count = self.count(little, 4)?;
        let mut rings = (0..count).map(|_| self.coords(little)).collect::<Result<Vec<_>, _>>()?.into_iter();
        let exterior = rings.next().unwrap_or_else(|| LineString(Vec::new()));
        Ok(Polygon::new(exterior, rings.collect()))
    }
    fn head(&mut self) -> Result<(bool, u32), String> {
        let little = match self.bytes::<1>()?[0] {
            0 => false,
            1 => true,
            other => return Err(format!("its byte order is {other}")),
        };
        Ok((little, self.u32(little)?))
    }
    fn parts<T>(
        &mut self,
        little: bool,
        depth: u32,
        name: &str,
        cast: impl Fn(Geometry<f64>) -> Option<T>,
    ) -> Result<Vec<T>, String> {
        let count = self.count(little, 5)?;
        (0..count)
            .map(|_| cast(self.geometry(depth + 1)?).ok_or_else(|| format!("a part of it is not a {name}")))
            .collect()
    }
    fn geometry(&mut self, depth: u32) -> Result<Geometry<f64>, String> {
        if depth > 16 {
            return Err("its parts are nested too deep".to_owned());
        }
        let (little, kind) = self.head()?;
        Ok(match kind {
            1 => Geometry::Point(Point(self.coord(little)?)),
            2 => Geometry::LineString(self.coords(little)?),
            3 => Geometry::Polygon(self.polygon(little)?),
            4 => Geometry::MultiPoint(MultiPoint(self.parts(little, depth, "point", |part| part.try_into().ok())?)),
            5 => Geometry::MultiLineString(MultiLineString(
                self.parts(little, depth, "line string", |part| part.try_into().ok())?,
            )),
            6 => {
                Geometry::MultiPolygon(MultiPolygon(self.parts(little, depth, "polygon", |part| part.try_into().ok())?))
            }
            7 => Geometry::GeometryCollection(GeometryCollection(self.parts(little, depth, "geometry", Some)?)),
            1001..=3017 => return Err("it has heights or measures, which a twin's layers have not".to_owned()),
            other => return Err(format!("it is of kind {other}, which no layer of a twin has")),
        })
    }
}

#[cfg(test)]
mod tests {
    use geo_types::{line_string, polygon};

    use super::*;

    #[test]
    fn a_line_is_the_bytes_that_the_standard_describes() {
        let line = line_string![(x: 1.0, y: 2.0), (x: 3.0, y: -4.0)];
        let blob = line_string(&line, 25832);
        assert_eq!(&blob.bytes[..8], &[b'G', b'P', 0, 0b11, 0xe8, 0x64, 0, 0]);
        assert_eq!(blob.envelope.bounds, [1.0, 3.0, -4.0, 2.0]);
        assert_eq!(&blob.bytes[40..45], &[1, 2, 0, 0, 0]);
        assert_eq!(decode(&blob.bytes), Ok(Geometry::LineString(line)));
    }

    #[test]
    fn points_carry_no_envelope_and_empty_geometries_a_flag() {
        assert_eq!(point(Coord { x: 1.0, y: 2.0 }, 0).bytes.len(), 8 + 21);
        let empty = multi_polygon(&MultiPolygon(Vec::new()), 0);
        assert_eq!(empty.bytes[3], 0b1_0001);
        assert!(empty.envelope.is_empty());
        assert_eq!(decode(&empty.bytes), Ok(Geometry::MultiPolygon(MultiPolygon(Vec::new()))));
    }

    #[test]
    fn every_prefix_of_a_geometry_is_refused_without_a_panic() {
        let hole = polygon!(exterior: [(x: 0., y: 0.), (x: 9., y: 0.), (x: 9., y: 9.)], interiors: [[(x: 1., y: 1.), (x: 2., y: 1.), (x: 2., y: 2.)]]);
        let blob = multi_polygon(&MultiPolygon(vec![hole.clone(), hole]), 25832);
        for length in 0..blob.bytes.len() {
            assert!(decode(&blob.bytes[..length]).is_err(), "{length}");
        }
    }
}
