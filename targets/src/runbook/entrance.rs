//! What is typed about the gateways in front of a workload.

use loadline_compiler::model::Gateway;

use super::page::{Command, Section};
use super::place::{Kind, Place};
use crate::escape::command::Part::{Own, Word};
use crate::escape::markdown::Piece::{Code, Own as Say};

pub(crate) fn look(place: &Place<'_>, section: &mut Section) {
    let id = place.workload.id;
    let routes = |gateway: &&Gateway| gateway.route.iter().any(|route| route.target.value.id == id);
    for gateway in place.model.gateways.iter().filter(routes) {
        let name: &str = &gateway.name.value;
        if crate::nginx::is_on_host(place.model, gateway) {
            section.run([
                Command::reads(
                    &[
                        Say("What clients of "),
                        Code(name),
                        Say(" were told was wrong, and whether its configuration is good."),
                    ],
                    &[Own("sudo tail --lines 200 /var/log/nginx/error.log")],
                )
                .and(&[Own("sudo nginx -t")]),
                Command::changes(
                    &[Say("Take over a configuration that was mended.")],
                    &[Own("sudo nginx -t && sudo systemctl reload nginx")],
                ),
            ]);
        } else if let Kind::Kubernetes { namespace, .. } = &place.kind {
            section.run([Command::reads(
                &[Say("Where "), Code(name), Say(" sends requests, and whether there is anybody to take them.")],
                &[Own("kubectl --namespace "), Word(namespace), Own(" get ingress,endpointslices")],
            )
            .and(&[Own("kubectl --namespace ingress-nginx logs --since 15m --tail 200 --selector app.kubernetes.io/name=ingress-nginx")])]);
        }
    }
}
