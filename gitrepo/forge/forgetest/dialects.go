package forgetest

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"time"
)

// answer answers a question about pull requests: whether it may be asked, and whether anything is new.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, routes http.Handler) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, r.Method+" "+r.URL.RequestURI())
	if s.broken != 0 {
		http.Error(w, fmt.Sprintf(`{"message": "broken for a test, %s"}`, r.Header.Get("Authorization")), s.broken)
		return
	}
	_, password, _ := r.BasicAuth()
	_, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if password != Token && token != Token {
		http.Error(w, `{"message": "Bad credentials"}`, http.StatusUnauthorized)
		return
	}
	recorded := httptest.NewRecorder()
	recorded.Header().Set("Content-Type", "application/json")
	routes.ServeHTTP(recorded, r)
	tag := fmt.Sprintf(`"%x"`, sha256.Sum256(recorded.Body.Bytes()))
	if r.Method == http.MethodGet && r.Header.Get("If-None-Match") == tag {
		s.unasked++
		w.WriteHeader(http.StatusNotModified)
		return
	}
	for name, values := range recorded.Header() {
		w.Header()[name] = values
	}
	w.Header().Set("ETag", tag)
	w.WriteHeader(recorded.Code)
	_, _ = w.Write(recorded.Body.Bytes())
}

type object = map[string]any

func reply(w http.ResponseWriter, status int, body any) {
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

// commitOf is the newest commit of the branch, or the last that was seen.
func (s *Server) commitOf(p *PullRequest) string {
	if !p.Fork && s.has(p.Branch) {
		p.Commit = s.Head(p.Branch)
	}
	return p.Commit
}

// propose opens a pull request, or says why not.
func (s *Server) propose(title, body, branch, onto string) (*PullRequest, string) {
	switch {
	case !s.has(branch):
		return nil, "no such branch: " + branch
	case slices.ContainsFunc(s.pulls, func(p *PullRequest) bool { return p.State == "open" && !p.Fork && p.Branch == branch }):
		return nil, "a pull request already exists for " + branch
	}
	return s.add(&PullRequest{Title: title, Body: body, Branch: branch, Onto: onto}), ""
}

// those are the pull requests in one of the states, the newest first.
func (s *Server) those(keep func(*PullRequest) bool) []*PullRequest {
	var found []*PullRequest
	for _, p := range slices.Backward(s.pulls) {
		if keep(p) {
			found = append(found, p)
		}
	}
	return found
}

func (s *Server) one(w http.ResponseWriter, r *http.Request) *PullRequest {
	number, err := strconv.Atoi(r.PathValue("number"))
	if err != nil || number < 1 || number > len(s.pulls) {
		reply(w, http.StatusNotFound, object{"message": "Not Found"})
		return nil
	}
	return s.pulls[number-1]
}

func each(pulls []*PullRequest, shape func(*PullRequest) object) []object {
	all := []object{}
	for _, p := range pulls {
		all = append(all, shape(p))
	}
	return all
}

func read(r *http.Request) map[string]string {
	var buffer bytes.Buffer
	_, _ = buffer.ReadFrom(r.Body)
	var all map[string]any
	_ = json.Unmarshal(buffer.Bytes(), &all)
	texts := map[string]string{}
	for key, value := range all {
		texts[key] = fmt.Sprint(value)
	}
	return texts
}

// closedAs is the state of those forges that do not tell merged from closed.
func closedAs(p *PullRequest) string {
	if p.State == "open" {
		return "open"
	}
	return "closed"
}

func mergedAt(p *PullRequest) *time.Time {
	if p.State != "merged" {
		return nil
	}
	return &p.Updated
}

func repositoryOf(p *PullRequest) int {
	if p.Fork {
		return 2
	}
	return 1
}

func (s *Server) speakGitHub(routes *http.ServeMux) {
	const at = "/api/v3/repos/" + Project
	shape := func(p *PullRequest) object {
		state := "clean"
		switch {
		case p.Conflict:
			state = "dirty"
		case p.Failing != "":
			state = "unstable"
		}
		return object{
			"number": p.Number, "title": p.Title, "body": p.Body, "state": closedAs(p), "merged_at": mergedAt(p), "mergeable_state": state,
			"html_url":   fmt.Sprintf("%s/%s/pull/%d", s.URL, Project, p.Number),
			"created_at": p.Created, "updated_at": p.Updated,
			"head": object{"ref": p.Branch, "sha": s.commitOf(p), "repo": object{"id": repositoryOf(p)}},
			"base": object{"ref": p.Onto, "repo": object{"id": 1}},
		}
	}
	routes.HandleFunc("GET "+at+"/pulls", func(w http.ResponseWriter, r *http.Request) {
		state, head := r.FormValue("state"), r.FormValue("head")
		reply(w, http.StatusOK, each(s.those(func(p *PullRequest) bool {
			return (state == "all" || state == closedAs(p)) && (head == "" || head == "acme:"+p.Branch)
		}), shape))
	})
	routes.HandleFunc("POST "+at+"/pulls", func(w http.ResponseWriter, r *http.Request) {
		asked := read(r)
		p, why := s.propose(asked["title"], asked["body"], asked["head"], asked["base"])
		if why != "" {
			reply(w, http.StatusUnprocessableEntity, object{"message": "Validation Failed", "errors": []object{{"message": why}}})
			return
		}
		reply(w, http.StatusCreated, shape(p))
	})
	routes.HandleFunc("GET "+at+"/pulls/{number}", func(w http.ResponseWriter, r *http.Request) {
		if p := s.one(w, r); p != nil {
			reply(w, http.StatusOK, shape(p))
		}
	})
	routes.HandleFunc("PATCH "+at+"/pulls/{number}", func(w http.ResponseWriter, r *http.Request) {
		if p := s.one(w, r); p != nil && read(r)["state"] == "closed" {
			p.State = "closed"
			reply(w, http.StatusOK, shape(p))
		}
	})
	routes.HandleFunc("GET "+at+"/commits/{sha}/status", func(w http.ResponseWriter, r *http.Request) { s.statuses(w, r, "state") })
	routes.HandleFunc("GET "+at+"/commits/{sha}/check-runs", func(w http.ResponseWriter, r *http.Request) {
		reply(w, http.StatusOK, object{"total_count": 0, "check_runs": []object{}})
	})
}

// statuses are the checks of a commit, as GitHub and Gitea tell them.
func (s *Server) statuses(w http.ResponseWriter, r *http.Request, state string) {
	found := []object{}
	for _, p := range s.pulls {
		if p.Failing != "" && s.commitOf(p) == r.PathValue("sha") {
			found = append(found, object{"context": p.Failing, state: "failure"})
		}
	}
	reply(w, http.StatusOK, object{"statuses": found})
}

func (s *Server) speakGitea(routes *http.ServeMux) {
	const at = "/api/v1/repos/" + Project
	shape := func(p *PullRequest) object {
		ref := p.Branch
		if !p.Fork && !s.has(p.Branch) {
			ref = fmt.Sprintf("refs/pull/%d/head", p.Number)
		}
		return object{
			"number": p.Number, "title": p.Title, "body": p.Body, "state": closedAs(p), "merged": p.State == "merged",
			"mergeable":  !p.Conflict && p.Checking == 0,
			"html_url":   fmt.Sprintf("%s/%s/pulls/%d", s.URL, Project, p.Number),
			"created_at": p.Created, "updated_at": p.Updated,
			"head": object{"label": p.Branch, "ref": ref, "sha": s.commitOf(p), "repo_id": repositoryOf(p)},
			"base": object{"ref": p.Onto, "repo_id": 1},
		}
	}
	routes.HandleFunc("GET "+at+"/pulls", func(w http.ResponseWriter, r *http.Request) {
		state := r.FormValue("state")
		reply(w, http.StatusOK, each(s.those(func(p *PullRequest) bool { return state == "all" || state == closedAs(p) }), shape))
	})
	routes.HandleFunc("POST "+at+"/pulls", func(w http.ResponseWriter, r *http.Request) {
		asked := read(r)
		p, why := s.propose(asked["title"], asked["body"], asked["head"], asked["base"])
		if why != "" {
			reply(w, http.StatusConflict, object{"message": why})
			return
		}
		reply(w, http.StatusCreated, shape(p))
	})
	routes.HandleFunc("GET "+at+"/pulls/{number}", func(w http.ResponseWriter, r *http.Request) {
		if p := s.one(w, r); p != nil {
			reply(w, http.StatusOK, shape(p))
			p.Checking = max(0, p.Checking-1)
		}
	})
	routes.HandleFunc("PATCH "+at+"/pulls/{number}", func(w http.ResponseWriter, r *http.Request) {
		if p := s.one(w, r); p != nil && read(r)["state"] == "closed" {
			p.State = "closed"
			reply(w, http.StatusCreated, shape(p))
		}
	})
	routes.HandleFunc("GET "+at+"/commits/{sha}/status", func(w http.ResponseWriter, r *http.Request) { s.statuses(w, r, "status") })
}

func (s *Server) speakGitLab(routes *http.ServeMux) {
	at := "/api/v4/projects/" + strings.ReplaceAll(Project, "/", "%2F") + "/merge_requests"
	states := map[string]string{"open": "opened", "merged": "merged", "closed": "closed"}
	shape := func(p *PullRequest) object {
		o := object{
			"iid": p.Number, "title": p.Title, "description": p.Body, "state": states[p.State], "has_conflicts": p.Conflict,
			"web_url":    fmt.Sprintf("%s/%s/-/merge_requests/%d", s.URL, Project, p.Number),
			"created_at": p.Created, "updated_at": p.Updated,
			"source_branch": p.Branch, "target_branch": p.Onto, "sha": s.commitOf(p),
			"source_project_id": repositoryOf(p), "target_project_id": 1,
		}
		if p.Failing != "" {
			o["head_pipeline"] = object{"status": "failed"}
		}
		return o
	}
	routes.HandleFunc("GET "+at, func(w http.ResponseWriter, r *http.Request) {
		state, source := r.FormValue("state"), r.FormValue("source_branch")
		reply(w, http.StatusOK, each(s.those(func(p *PullRequest) bool {
			return (state == "" || state == states[p.State]) && (source == "" || source == p.Branch)
		}), shape))
	})
	routes.HandleFunc("POST "+at, func(w http.ResponseWriter, r *http.Request) {
		asked := read(r)
		p, why := s.propose(asked["title"], asked["description"], asked["source_branch"], asked["target_branch"])
		if why != "" {
			reply(w, http.StatusConflict, object{"message": []string{why}})
			return
		}
		reply(w, http.StatusCreated, shape(p))
	})
	routes.HandleFunc("GET "+at+"/{number}", func(w http.ResponseWriter, r *http.Request) {
		if p := s.one(w, r); p != nil {
			reply(w, http.StatusOK, shape(p))
		}
	})
	routes.HandleFunc("PUT "+at+"/{number}", func(w http.ResponseWriter, r *http.Request) {
		if p := s.one(w, r); p != nil && read(r)["state_event"] == "close" {
			p.State = "closed"
			reply(w, http.StatusOK, shape(p))
		}
	})
}
