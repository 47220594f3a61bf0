{{/* Folder that a Secret with the keys of the object store is mounted to. */}}
{{- define "muniment.s3Folder" -}}/run/secrets/muniment/s3{{- end -}}
{{/* Folder that the Secret with the keys is mounted to: in the pods of the signer, nowhere else. */}}
{{- define "muniment.keysFolder" -}}/run/secrets/muniment/keys{{- end -}}

{{/* Folder that the identity token of the signer is mounted to. */}}
{{- define "muniment.identityFolder" -}}/run/secrets/muniment-identity{{- end -}}
{{/* Folder of what the signer remembers of the log. */}}
{{- define "muniment.memoryFolder" -}}/var/lib/muniment{{- end -}}
{{- define "muniment.caFolder" -}}/run/secrets/muniment/ca{{- end -}}
{{- define "muniment.policyFolder" -}}/etc/muniment{{- end -}}

{{/* Variables that all services share; nothing here is secret. */}}
{{- define "muniment.config" -}}
{{- $s3 := .Values.objectStore.s3 -}}
MUNIMENT_HOST: 0.0.0.0
MUNIMENT_ADMIN_PORT: "7181"
MUNIMENT_LOG_LEVEL: {{ .Values.logLevel }}
MUNIMENT_DATABASE_POOL: {{ .Values.database.poolSize | quote }}
MUNIMENT_QUEUE_BACKEND: {{ .Values.queue.backend }}
MUNIMENT_QUEUE_PREFIX: {{ .Values.queue.prefix | quote }}
MUNIMENT_JOB_LOCK_MS: {{ .Values.queue.jobLockMs | int64 | quote }}
MUNIMENT_OBJECT_STORE: {{ .Values.objectStore.type }}
{{- if eq .Values.objectStore.type "s3" }}
MUNIMENT_S3_ENDPOINT: {{ $s3.endpoint | quote }}
MUNIMENT_S3_REGION: {{ $s3.region | quote }}
MUNIMENT_S3_BUCKET: {{ $s3.bucket | quote }}
MUNIMENT_S3_PREFIX: {{ $s3.prefix | quote }}
MUNIMENT_S3_ACCESS_KEY_FILE: {{ include "muniment.s3Folder" . }}/access-key
MUNIMENT_S3_SECRET_KEY_FILE: {{ include "muniment.s3Folder" . }}/secret-key
{{- else }}
MUNIMENT_OBJECT_STORE_ROOT: /data
{{- end }}
{{- with .Values.tracing.otlpEndpoint }}
MUNIMENT_OTLP_ENDPOINT: {{ . | quote }}
{{- end }}
{{- if .Values.retention.policy }}
MUNIMENT_RETENTION_POLICY: {{ include "muniment.policyFolder" . }}/retention.toml
{{- end }}
{{- end -}}

{{/* Variables of the services that plan, start and carry out collections: they must be told the same. A dict in JSON,
     of texts: numbers would come back as floats. */}}
{{- define "muniment.collectionVariables" -}}
{{- with .Values.collection -}}
{{- dict
  "MUNIMENT_COLLECTION" .mode
  "MUNIMENT_COLLECTION_GRACE_SECONDS" (int64 .graceSeconds | toString)
  "MUNIMENT_TRASH_SECONDS" (int64 .trashSeconds | toString)
  "MUNIMENT_COLLECTION_MAX_SHARE_PERCENT" (int64 .maxSharePercent | toString) | toJson -}}
{{- end -}}
{{- end -}}

{{/* Variables about the log that only some installations have. A dict in JSON. */}}
{{- define "muniment.logVariables" -}}
{{- $variables := dict -}}
{{- with .Values.signer.log.witnesses }}{{ $_ := set $variables "MUNIMENT_LOG_WITNESSES" . }}{{ end -}}
{{- if .Values.signer.log.checkpointClaim }}{{ $_ := set $variables "MUNIMENT_LOG_CHECKPOINT_FILE" (printf "%s/signed-checkpoint" (include "muniment.memoryFolder" .)) }}{{ end -}}
{{- $variables | toJson -}}
{{- end -}}

{{/* A variable out of a Secret. Takes: name, secret, key. */}}
{{- define "muniment.secretVariable" -}}
- name: {{ .name }}
  valueFrom:
    secretKeyRef: { name: {{ .secret }}, key: {{ .key }} }
{{- end -}}

{{/* Variables of one service: its own, then those out of Secrets, then what the user adds. Takes: root, service, env. */}}
{{- define "muniment.env" -}}
{{- $values := .root.Values -}}
{{- $settings := index $values .service -}}
{{- range $name, $value := .env }}
- { name: {{ $name }}, value: {{ $value | quote }} }
{{- end }}
- { name: MUNIMENT_DRAIN_SECONDS, value: {{ $settings.drainSeconds | quote }} }
{{ include "muniment.secretVariable" (dict "name" "MUNIMENT_DATABASE_URL" "secret" $values.database.existingSecret "key" $values.database.urlKey) }}
{{- if eq $values.queue.backend "redis" }}
{{ include "muniment.secretVariable" (dict "name" "MUNIMENT_REDIS_URL" "secret" $values.queue.redis.existingSecret "key" $values.queue.redis.urlKey) }}
{{- end }}
{{- include "muniment.caVariable" .root }}
{{- with $settings.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* The root file system is read-only: /tmp, and what the service needs besides. */}}
{{- define "muniment.mounts" -}}
{{- $values := .root.Values -}}
- { name: tmp, mountPath: /tmp }
{{- if .scratch }}
- { name: scratch, mountPath: /scratch }
{{- end }}
{{- if .keys }}
- { name: keys, mountPath: {{ include "muniment.keysFolder" . }}, readOnly: true }
{{- end }}
{{- if .identityAudience }}
- { name: identity, mountPath: {{ include "muniment.identityFolder" . }}, readOnly: true }
{{- end }}
{{- if .memory }}
- { name: memory, mountPath: {{ include "muniment.memoryFolder" . }} }
{{- end }}
{{- if eq $values.objectStore.type "s3" }}
- { name: s3, mountPath: {{ include "muniment.s3Folder" . }}, readOnly: true }
{{- else }}
- { name: objects, mountPath: /data }
{{- end }}
{{- if .trust }}
- { name: trust, mountPath: {{ include "muniment.trustFolder" . }}, readOnly: true }
{{- end }}
{{- if $values.retention.policy }}
- { name: retention-policy, mountPath: {{ include "muniment.policyFolder" . }}, readOnly: true }
{{- end }}
{{- include "muniment.caMount" .root }}
{{- end -}}

{{- define "muniment.volumes" -}}
{{- $values := .root.Values -}}
- name: tmp
  emptyDir: { sizeLimit: 64Mi }
{{- with .scratch }}
- name: scratch
  emptyDir: { sizeLimit: {{ . }} }
{{- end }}
{{- with .keys }}
- name: keys
  secret:
    secretName: {{ . }}
    defaultMode: 288 # 0440
{{- end }}
{{- with .identityAudience }}
- name: identity
  projected:
    defaultMode: 288 # 0440
    sources:
      - serviceAccountToken: { path: token, audience: {{ . | quote }}, expirationSeconds: 3600 }
{{- end }}
{{- with .memory }}
- name: memory
  persistentVolumeClaim:
    claimName: {{ . }}
{{- end }}
{{- if eq $values.objectStore.type "s3" }}
{{- with $values.objectStore.s3 }}
- name: s3
  secret:
    secretName: {{ .existingSecret }}
    defaultMode: 288 # 0440
    items:
      - { key: {{ .accessKeyKey }}, path: access-key }
      - { key: {{ .secretKeyKey }}, path: secret-key }
{{- end }}
{{- else }}
- name: objects
  persistentVolumeClaim: { claimName: {{ $values.objectStore.filesystem.existingClaim }} }
{{- end }}
{{- if .trust }}
- name: trust
  configMap: { name: {{ include "muniment.fullname" .root }}-gateway-trust }
{{- end }}
{{- if $values.retention.policy }}
- name: retention-policy
  configMap: { name: {{ include "muniment.fullname" .root }}-retention-policy }
{{- end }}
{{- include "muniment.caVolume" .root }}
{{- end -}}

{{/* Certificate authorities of the user, for services and migrations. The three take the root and begin with a line break. */}}
{{- define "muniment.caMount" -}}
{{- if .Values.trustedCa.existingConfigMap }}
- { name: trusted-ca, mountPath: {{ include "muniment.caFolder" . }}, readOnly: true }
{{- end }}
{{- end -}}

{{- define "muniment.caVolume" -}}
{{- with .Values.trustedCa }}
{{- if .existingConfigMap }}
- name: trusted-ca
  configMap:
    name: {{ .existingConfigMap }}
    items:
      - { key: {{ .key }}, path: ca.crt }
{{- end }}
{{- end }}
{{- end -}}

{{- define "muniment.caVariable" -}}
{{- if .Values.trustedCa.existingConfigMap }}
- { name: NODE_EXTRA_CA_CERTS, value: {{ include "muniment.caFolder" . }}/ca.crt }
{{- end }}
{{- end -}}
