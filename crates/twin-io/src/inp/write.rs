//! Writing an EPANET file.
