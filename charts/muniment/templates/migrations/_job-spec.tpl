{{/* Needs nothing that the chart makes, so that it can run before everything else. */}}
{{- define "muniment.migrationSpec" -}}
{{- $component := dict "root" . "service" "migrations" -}}
{{- with .Values.migrations -}}
backoffLimit: {{ .backoffLimit }}
activeDeadlineSeconds: {{ .timeoutSeconds | int64 }}
ttlSecondsAfterFinished: {{ .ttlSecondsAfterFinished | int64 }}
template:
  metadata:
    labels:
      {{- include "muniment.labels" $component | nindent 6 }}
  spec:
    restartPolicy: Never
    {{- include "muniment.podBasics" $ | nindent 4 }}
    containers:
      - name: migrations
        image: {{ include "muniment.image" (dict "root" $ "service" "cli" "digest" .digest) | quote }}
        imagePullPolicy: {{ $.Values.image.pullPolicy }}
        args: [database, prepare{{ if eq $.Values.queue.backend "postgres" }}, --queue{{ end }}]
        securityContext:
          {{- include "muniment.containerSecurity" $ | nindent 10 }}
        env:
          {{- include "muniment.secretVariable" (dict "name" "MUNIMENT_DATABASE_URL" "secret" .existingSecret "key" .urlKey) | nindent 10 }}
          {{- with include "muniment.caVariable" $ }}{{- . | trim | nindent 10 }}{{- end }}
        resources:
          {{- toYaml .resources | nindent 10 }}
        volumeMounts:
          - { name: tmp, mountPath: /tmp }
          {{- with include "muniment.caMount" $ }}{{- . | trim | nindent 10 }}{{- end }}
    volumes:
      - name: tmp
        emptyDir: { sizeLimit: 64Mi }
      {{- with include "muniment.caVolume" $ }}{{- . | trim | nindent 6 }}{{- end }}
{{- end -}}
{{- end -}}
