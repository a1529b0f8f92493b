;; Opens the file with the set-up of the page, reads a hover, edits, reads another; prints both.
(setq eglot-sync-connect 60 eglot-autoshutdown nil)
(load (getenv "SETUP") nil t)
(find-file (getenv "FILE"))
(apply #'eglot--connect (eglot--guess-contact))  ; what `eglot-ensure' does behind the first command

(defun hover-on (word)
  (goto-char (point-min))
  (search-forward word)
  (backward-char)
  (let ((answer (jsonrpc-request (eglot-current-server) :textDocument/hover
                                 (eglot--TextDocumentPositionParams) :timeout 120)))
    (princ (format "HOVER %s\n" (eglot--hover-info (plist-get answer :contents))))))

(hover-on "dumps")
(goto-char (point-max))
(insert "é = '🎈'; json.loads('[]')\n")
(eglot--signal-textDocument/didChange)
(hover-on "loads")
(eglot-shutdown (eglot-current-server))
(princ "END\n")
