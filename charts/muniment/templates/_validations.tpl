{{/* Rules between values that the schema cannot tell. All problems at once, in words of values.yaml. */}}
{{- define "muniment.problems" -}}
{{- $v := .Values -}}
{{- $s3 := $v.objectStore.s3 -}}
{{- $problems := list -}}
{{- if not $v.database.existingSecret -}}
{{- $problems = append $problems "database.existingSecret must name a Secret with the services' database URL" -}}
{{- end -}}
{{- if and (ne $v.migrations.mode "off") (not $v.migrations.existingSecret) -}}
{{- $problems = append $problems "migrations.existingSecret must name a Secret with the owner's database URL (or set migrations.mode to off)" -}}
{{- end -}}
{{- if and (eq $v.queue.backend "redis") (not $v.queue.redis.existingSecret) -}}
{{- $problems = append $problems "queue.redis.existingSecret must name a Secret with the Redis URL (or set queue.backend to postgres)" -}}
{{- end -}}
{{- if eq $v.objectStore.type "s3" -}}
{{- range $key := list "endpoint" "bucket" "existingSecret" -}}
{{- if not (get $s3 $key) -}}
{{- $problems = append $problems (printf "objectStore.s3.%s must be set when objectStore.type is s3" $key) -}}
{{- end -}}
{{- end -}}
{{- else if not $v.objectStore.filesystem.existingClaim -}}
{{- $problems = append $problems "objectStore.filesystem.existingClaim must name a ReadWriteMany claim: all pods must see the same files" -}}
{{- end -}}
{{- if not $v.signer.keys.existingSecret -}}
{{- $problems = append $problems "signer.keys.existingSecret must name a Secret with keyring.toml and the keys it names" -}}
{{- end -}}
{{- if le (int64 $v.retention.reaperAgeSeconds) (int64 $v.gateway.uploadExpirySeconds) -}}
{{- $problems = append $problems "retention.reaperAgeSeconds must be longer than gateway.uploadExpirySeconds: the reaper would remove bytes of running uploads" -}}
{{- end -}}
{{- if lt (int64 $v.retention.reaperAgeSeconds) (int64 $v.retention.tickSeconds) -}}
{{- $problems = append $problems "retention.reaperAgeSeconds must not be shorter than retention.tickSeconds" -}}
{{- end -}}
{{- with $v.hasher.autoscaling -}}
{{- if .enabled -}}
{{- if lt (int .maxReplicas) (int .minReplicas) -}}
{{- $problems = append $problems "hasher.autoscaling.maxReplicas must not be less than minReplicas" -}}
{{- end -}}
{{- if not (dig "requests" "cpu" "" $v.hasher.resources) -}}
{{- $problems = append $problems "hasher.resources.requests.cpu must be set for autoscaling: utilization is measured against it" -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range $service := list "gateway" "hasher" "retention" "signer" -}}
{{- range (index $v $service).extraEnv -}}
{{- if hasPrefix "MUNIMENT_" .name -}}
{{- $problems = append $problems (printf "%s.extraEnv must not set %s: use the key of values.yaml" $service .name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $problems | join "\n- " -}}
{{- end -}}
