{{/* Restricted Pod Security; nothing of it can be loosened by a value. */}}
{{- define "muniment.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "muniment.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{/* What every pod has, the migrations' too. Service links would make variables such as MUNIMENT_PORT, which the services refuse to start with. */}}
{{- define "muniment.podBasics" -}}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
securityContext:
  {{- include "muniment.podSecurity" . | nindent 2 }}
{{- end -}}

{{/* A whole Deployment. Takes: root, service, env (name: value), ports (name: number), preStopSeconds, scratch (size), keys (Secret), identityAudience, trust (texts of a mounted ConfigMap), memory (claim), autoscaled. */}}
{{- define "muniment.deployment" -}}
{{- $root := .root -}}
{{- $settings := index $root.Values .service -}}
{{- $name := printf "%s-%s" (include "muniment.fullname" $root) .service -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ $name }}
  labels:
    {{- include "muniment.labels" . | nindent 4 }}
spec:
  {{- if not .autoscaled }}
  replicas: {{ $settings.replicas }}
  {{- end }}
  revisionHistoryLimit: 5
  strategy:
    type: RollingUpdate
    rollingUpdate: { maxUnavailable: 0, maxSurge: 1 }
  selector:
    matchLabels:
      {{- include "muniment.selector" . | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "muniment.labels" . | nindent 8 }}
      annotations:
        checksum/config: {{ include "muniment.config" $root | sha256sum }}
        {{- with $root.Values.retention.policy }}
        checksum/retention-policy: {{ . | sha256sum }}
        {{- end }}
        {{- with .trust }}
        checksum/trust: {{ . | sha256sum }}
        {{- end }}
        {{- with $settings.podAnnotations }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
    spec:
      serviceAccountName: {{ $name }}
      {{- include "muniment.podBasics" $root | nindent 6 }}
      {{- /* Longer than the service takes to end by itself, so that draining is never cut short. */}}
      terminationGracePeriodSeconds: {{ add (.preStopSeconds | default 0) $settings.drainSeconds 15 }}
      {{- include "muniment.placement" . | trim | nindent 6 }}
      containers:
        - name: {{ .service }}
          image: {{ include "muniment.image" (dict "root" $root "service" .service "digest" $settings.digest) | quote }}
          imagePullPolicy: {{ $root.Values.image.pullPolicy }}
          securityContext:
            {{- include "muniment.containerSecurity" . | nindent 12 }}
          ports:
            {{- range $port, $number := .ports }}
            - { name: {{ $port }}, containerPort: {{ $number }} }
            {{- end }}
          envFrom:
            - configMapRef: { name: {{ include "muniment.fullname" $root }}-config }
          env:
            {{- include "muniment.env" . | trim | nindent 12 }}
          {{- include "muniment.probes" . | nindent 10 }}
          {{- with .preStopSeconds }}
          lifecycle:
            preStop:
              exec: { command: [sleep, {{ . | quote }}] }
          {{- end }}
          resources:
            {{- toYaml $settings.resources | nindent 12 }}
          volumeMounts:
            {{- include "muniment.mounts" . | nindent 12 }}
      volumes:
        {{- include "muniment.volumes" . | nindent 8 }}
{{- end -}}

{{- define "muniment.placement" -}}
{{- $settings := index .root.Values .service -}}
{{- with $settings.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with $settings.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $settings.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $settings.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
topologySpreadConstraints:
{{- if kindIs "slice" $settings.topologySpreadConstraints }}
  {{- toYaml $settings.topologySpreadConstraints | nindent 2 }}
{{- else }}
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "muniment.selector" . | nindent 8 }}
{{- end }}
{{- end -}}

{{/* Liveness asks only whether the process answers: a lost database is no reason to start it again. */}}
{{- define "muniment.probes" -}}
startupProbe:
  httpGet: { path: /livez, port: admin }
  periodSeconds: 2
  failureThreshold: 60
  timeoutSeconds: 5
livenessProbe:
  httpGet: { path: /livez, port: admin }
  periodSeconds: 10
  failureThreshold: 6
  timeoutSeconds: 5
readinessProbe:
  httpGet: { path: /readyz, port: admin }
  periodSeconds: 5
  failureThreshold: 3
  {{- /* The service bounds its own questions by two seconds. */}}
  timeoutSeconds: 5
{{- end -}}
