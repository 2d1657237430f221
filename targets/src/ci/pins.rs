//! The programs of others that a pipeline runs, each at one version: a tag can be moved, a digest cannot.

/// v5.0.0
pub(crate) const CHECKOUT: &str = "actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8";
/// v5.0.1
pub(crate) const CACHE: &str = "actions/cache@9255dc7a253b0ccc959486e2bca901246202afeb";
/// v6.0.0
pub(crate) const UPLOAD: &str = "actions/upload-artifact@b7c566a772e6b6bfb58ed0dc250532a479d7789f";
/// v7.0.0
pub(crate) const DOWNLOAD: &str = "actions/download-artifact@37930b1c2abaa49bbe596cd826c3c89aef350131";
/// Writes lists of what is in an image.
pub(crate) const SYFT: &str =
    "anchore/syft:v1.51.0@sha256:678bfa565b60f747aac0f8e964fe5588a24445b8d0a480e91f6efd70020dfbb0";
/// Looks for known vulnerabilities in such a list.
pub(crate) const GRYPE: &str =
    "anchore/grype:v0.118.0@sha256:8a93fc48da96bd6ec5981279d099b69de11541dc68fdf222fb9161f8ff284af7";
