;; Opens the file with the set-up of the page; prints a hover, the ghost text that is shown, and the line once taken.
(setq lsp-keep-workspace-alive nil lsp-enable-file-watchers nil lsp-auto-guess-root t lsp-warn-no-matched-clients nil
      lsp-session-file (expand-file-name "session" (getenv "HOME")) lsp-log-io nil lsp-response-timeout 120
      lsp-modeline-code-actions-enable nil lsp-headerline-breadcrumb-enable nil lsp-lens-enable nil)
(load (getenv "SETUP") nil t)
(setq lsp-enabled-clients '(glossator))  ; not those that it finds on the path besides
(find-file (getenv "FILE"))
(lsp)
(with-timeout (120 (error "The server did not start"))
  (while (not (and (lsp-workspaces) (eq 'initialized (lsp--workspace-status (car (lsp-workspaces))))))
    (accept-process-output nil 0.1)))

(goto-char (point-min))
(search-forward "dumps")
(backward-char)
(let ((contents (lsp-get (lsp-request "textDocument/hover" (lsp--text-document-position-params)) :contents)))
  (princ (format "HOVER %s\n" (lsp--render-on-hover-content contents t))))

(goto-char (point-max))
(insert "easy")
(lsp-inline-completion-display)
(let ((shown lsp-inline-completion--overlay))
  (princ (format "GHOST %s%s\n" (overlay-get shown 'display) (overlay-get shown 'after-string))))
(lsp-inline-completion-accept)
(princ (format "LINE %s\n" (buffer-substring-no-properties (line-beginning-position) (line-end-position))))
(princ "END\n")
(kill-emacs 0)
