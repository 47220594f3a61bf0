{{/* What stands around each Deployment. All take: root, service. */}}
{{- define "muniment.meta" -}}
metadata:
  name: {{ include "muniment.fullname" .root }}-{{ .service }}
  labels:
    {{- include "muniment.labels" . | nindent 4 }}
{{- end -}}

{{- define "muniment.serviceAccount" -}}
apiVersion: v1
kind: ServiceAccount
{{ include "muniment.meta" . }}
automountServiceAccountToken: false
{{- end -}}

{{- define "muniment.pdb" -}}
{{- $pdb := (index .root.Values .service).pdb -}}
{{- if $pdb.enabled -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
{{ include "muniment.meta" . }}
spec:
  maxUnavailable: {{ $pdb.maxUnavailable }}
  selector:
    matchLabels:
      {{- include "muniment.selector" . | nindent 6 }}
{{- end -}}
{{- end -}}

{{/* Takes besides: ingress (a YAML list of rules before that of metrics), egressPorts (list). */}}
{{- define "muniment.networkPolicy" -}}
{{- $policy := .root.Values.networkPolicy -}}
{{- if $policy.enabled -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
{{ include "muniment.meta" . }}
spec:
  podSelector:
    matchLabels:
      {{- include "muniment.selector" . | nindent 6 }}
  policyTypes: [Ingress, Egress]
  {{- if or .ingress (and .metrics $policy.metricsFrom) }}
  ingress:
    {{- with .ingress }}
    {{- . | nindent 4 }}
    {{- end }}
    {{- if and .metrics $policy.metricsFrom }}
    - ports: [{ port: admin, protocol: TCP }]
      from:
        {{- toYaml $policy.metricsFrom | nindent 8 }}
    {{- end }}
  {{- end }}
  egress:
    - ports:
        - { port: {{ $policy.dnsPort }}, protocol: UDP }
        - { port: {{ $policy.dnsPort }}, protocol: TCP }
    - ports:
        {{- range .egressPorts }}
        - { port: {{ . }}, protocol: TCP }
        {{- end }}
      {{- with $policy.egressTo }}
      to:
        {{- toYaml . | nindent 8 }}
      {{- end }}
{{- end -}}
{{- end -}}

{{/* Ports that services reach, as a JSON list without repetition. Takes the root. */}}
{{- define "muniment.egressPorts" -}}
{{- $ports := list (int .Values.database.port) -}}
{{- if eq .Values.queue.backend "redis" -}}{{- $ports = append $ports (int .Values.queue.redis.port) -}}{{- end -}}
{{- if eq .Values.objectStore.type "s3" -}}{{- $ports = append $ports (int (include "muniment.portOfUrl" .Values.objectStore.s3.endpoint)) -}}{{- end -}}
{{- with .Values.tracing.otlpEndpoint -}}{{- $ports = append $ports (int (include "muniment.portOfUrl" .)) -}}{{- end -}}
{{- $ports | uniq | toJson -}}
{{- end -}}
