//! A Rollout as types. Source: the API of Argo Rollouts, argoproj.io/v1alpha1.

use serde::Serialize;

use super::metadata::{IntOrPercent, Selector};
use super::pod::PodTemplate;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RolloutSpec<'m> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) replicas: Option<u64>,
    pub(super) selector: Selector<'m>,
    pub(super) strategy: Strategy<'m>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) min_ready_seconds: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) progress_deadline_seconds: Option<u64>,
    pub(super) template: PodTemplate<'m>,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Strategy<'m> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) canary: Option<Canary<'m>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) blue_green: Option<BlueGreen<'m>>,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Canary<'m> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) stable_service: Option<&'m str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) canary_service: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) traffic_routing: Option<TrafficRouting>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) max_surge: Option<IntOrPercent>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) max_unavailable: Option<IntOrPercent>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) scale_down_delay_seconds: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) analysis: Option<Analysis<'m>>,
    pub(super) steps: Vec<Step<'m>>,
}

#[derive(Serialize)]
pub(super) struct TrafficRouting {
    pub(super) nginx: NginxRouting,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NginxRouting {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) stable_ingress: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) stable_ingresses: Vec<String>,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Step<'m> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) set_canary_scale: Option<CanaryScale>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) analysis: Option<Analysis<'m>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) set_weight: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) pause: Option<Pause>,
}

#[derive(Serialize)]
pub(super) struct CanaryScale {
    pub(super) weight: u64,
}

#[derive(Serialize)]
pub(super) struct Pause {
    pub(super) duration: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct BlueGreen<'m> {
    pub(super) active_service: &'m str,
    pub(super) preview_service: String,
    pub(super) auto_promotion_enabled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) scale_down_delay_seconds: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) pre_promotion_analysis: Option<Analysis<'m>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) post_promotion_analysis: Option<Analysis<'m>>,
}

#[derive(Serialize)]
pub(super) struct Analysis<'m> {
    pub(super) templates: [TemplateRef; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) args: Vec<Argument<'m>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TemplateRef {
    pub(super) template_name: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Argument<'m> {
    pub(super) name: &'m str,
    pub(super) value_from: ArgumentSource,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ArgumentSource {
    pub(super) pod_template_hash_value: &'static str,
}
