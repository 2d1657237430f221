// The Kubernetes objects of the generated system (benches/system.rs), as a library of templates that a team would write:
// a file name to an object. How many services there are is an external variable.
local services = std.parseInt(std.extVar('services'));
local namespace = 'bench';

local selector(name) = {
  'app.kubernetes.io/name': name,
  'app.kubernetes.io/instance': name,
};

local labels(name) = selector(name) {
  'app.kubernetes.io/part-of': namespace,
  'app.kubernetes.io/managed-by': 'loadline',
};

local object(apiVersion, kind, name) = {
  apiVersion: apiVersion,
  kind: kind,
  metadata: { name: name, namespace: namespace, labels: labels(name) },
};

// A name says what is in it: each part with its length goes into the digest.
local contentName(base, data, order) =
  local part(key) = '%d %s %d %s\n' % [std.length(key), key, std.length(data[key]), data[key]];
  base + '-' + std.substr(std.sha256(std.join('', [part(key) for key in order])), 0, 8);

local probe(path, period, failures) = {
  httpGet: { path: path, port: 'http' },
  periodSeconds: period,
  timeoutSeconds: 1,
  successThreshold: 1,
  failureThreshold: failures,
};

local spread(name, topology) = {
  maxSkew: 1,
  topologyKey: topology,
  whenUnsatisfiable: 'ScheduleAnyway',
  labelSelector: { matchLabels: selector(name) },
};

local peer(name) = { podSelector: { matchLabels: selector(name) } };
local tcp(port) = { protocol: 'TCP', port: port };

local service(number) = {
  local this = self,
  local name = 'svc-%d' % number,
  local database = std.floor(number / 10),
  local caller = 'svc-%d' % ((number + services - 1) % services),
  local callee = 'svc-%d' % ((number + 1) % services),
  local version = { 'app.kubernetes.io/version': '1.%d.0' % number },

  settings:: {
    CACHE_TTL: '30s',
    PAGE_SIZE: std.toString(20 + number % 5),
    THEME: 'dark-%d' % number,
  },
  configMap:: object('v1', 'ConfigMap', 'settings-%d' % number) {
    metadata+: { name: contentName(super.name, this.settings, ['CACHE_TTL', 'PAGE_SIZE', 'THEME']) },
    immutable: true,
    data: this.settings,
  },

  deployment:: object('apps/v1', 'Deployment', name) {
    metadata+: {
      labels+: version,
      annotations: { 'kubernetes.io/description': 'Service number %d.' % number },
    },
    spec: {
      selector: { matchLabels: selector(name) },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      template: {
        metadata: { labels: labels(name) + version },
        spec: {
          serviceAccountName: name,
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          securityContext: {
            runAsNonRoot: true,
            runAsUser: 10001,
            runAsGroup: 10001,
            fsGroup: 10001,
            seccompProfile: { type: 'RuntimeDefault' },
          },
          terminationGracePeriodSeconds: 45,
          topologySpreadConstraints: [
            spread(name, 'topology.kubernetes.io/zone'),
            spread(name, 'kubernetes.io/hostname'),
          ],
          containers: [{
            name: name,
            image: 'ghcr.io/acme/%s@sha256:%064x' % [name, number],
            imagePullPolicy: 'IfNotPresent',
            command: ['node', '--max-old-space-size=640', 'dist/server.mjs'],
            ports: [{ name: 'http', containerPort: 3000, protocol: 'TCP' }],
            envFrom: [{ configMapRef: { name: this.configMap.metadata.name } }],
            env: [
              { name: 'NODE_ENV', value: 'production' },
              { name: 'LOG_LEVEL', value: 'info' },
              { name: 'PORT', value: '3000' },
              { name: 'REGION', value: 'eu-%d' % database },
              { name: 'DATABASE_URL', valueFrom: { secretKeyRef: { name: name, key: 'url' } } },
            ],
            resources: {
              requests: { cpu: '250m', memory: '512Mi' },
              limits: { cpu: '1', memory: '1Gi' },
            },
            startupProbe: probe('/readyz', 2, 30),
            readinessProbe: probe('/readyz', 5, 2),
            livenessProbe: probe('/livez', 10, 3),
            lifecycle: { preStop: { sleep: { seconds: 5 } } },
            securityContext: {
              allowPrivilegeEscalation: false,
              readOnlyRootFilesystem: true,
              capabilities: { drop: ['ALL'] },
            },
            volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
          }],
          volumes: [{ name: 'tmp', emptyDir: {} }],
        },
      },
    },
  },

  autoscaler:: object('autoscaling/v2', 'HorizontalPodAutoscaler', name) {
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: name },
      minReplicas: 3,
      maxReplicas: 6,
      metrics: [{
        type: 'Resource',
        resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } },
      }],
    },
  },

  networkPolicy:: object('networking.k8s.io/v1', 'NetworkPolicy', name) {
    spec: {
      podSelector: { matchLabels: selector(name) },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{ from: [peer(caller)], ports: [tcp(3000)] }],
      egress: [
        {
          to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } } }],
          ports: [{ protocol: 'UDP', port: 53 }, tcp(53)],
        },
        { to: [peer(callee)], ports: [tcp(3000)] },
        { ports: [tcp(5432)] },
      ],
    },
  },

  disruptionBudget:: object('policy/v1', 'PodDisruptionBudget', name) {
    spec: {
      maxUnavailable: 1,
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
      selector: { matchLabels: selector(name) },
    },
  },

  service:: object('v1', 'Service', name) {
    spec: {
      type: 'ClusterIP',
      selector: selector(name),
      ports: [{ name: 'http', port: 3000, targetPort: 'http', protocol: 'TCP' }],
    },
  },

  account:: object('v1', 'ServiceAccount', name) {
    automountServiceAccountToken: false,
  },

  objects:: [
    this.configMap,
    this.deployment,
    this.autoscaler,
    this.networkPolicy,
    this.disruptionBudget,
    this.service,
    this.account,
  ],
};

local defaultDeny = object('networking.k8s.io/v1', 'NetworkPolicy', 'default-deny') {
  spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] },
};

local objects = std.flatMap(function(number) service(number).objects, std.range(0, services - 1)) + [defaultDeny];

local files = {
  [std.asciiLower(object.kind) + '-' + object.metadata.name + '.yaml']: object
  for object in objects
};

files {
  'kustomization.yaml': {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    namespace: namespace,
    // In the order of their names, as an object has its fields.
    resources: std.objectFields(files),
  },
}
