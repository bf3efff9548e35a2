"""Resources as GitHub's REST has them, named by its schemas, and what many have: people, times, ids."""

from __future__ import annotations

import base64
import time
import zlib

from msgspec import Struct

from sluice.github_api.calls import Call, Facts
from sluice.source.times import stamp

_COUNTS = ("forks", "forks_count", "open_issues", "open_issues_count", "stargazers_count", "watchers", "size")
_MORE_COUNTS = ("watchers_count", "network_count", "subscribers_count")
_HAS = ("has_issues", "has_projects", "has_wiki", "has_pages", "has_downloads", "has_discussions")
BOT = "github-actions[bot]"
WEB = "https://github.com"


class NamedRepository(Struct, frozen=True, kw_only=True):
    """What is told of a repository; ``name`` is ``owner/name``."""

    name: str
    default_branch: str

    @property
    def owner(self) -> str:
        """The first part of the name."""
        return self.name.partition("/")[0]


def site_address(repository: str) -> str:
    """Where GitHub Pages serves it, without a domain of its own (docs.github.com: types of GitHub Pages sites)."""
    owner, _, name = repository.partition("/")
    host = f"{owner.lower()}.github.io"
    return f"https://{host}/" if name.lower() == host else f"https://{host}/{name}/"


def now() -> str:
    """The time as GitHub writes it."""
    return stamp(time.time())


def node_id(kind: str, number: object) -> str:
    """An opaque id."""
    return base64.b64encode(f"{kind}:{number}".encode()).decode()


def steady_id(text: str) -> int:
    """A number that always stands for the same name."""
    return zlib.crc32(text.encode()) & 0x7FFFFFFF


_USER_ADDRESSES = {
    "followers_url": "/followers",
    "following_url": "/following{/other_user}",
    "gists_url": "/gists{/gist_id}",
    "starred_url": "/starred{/owner}{/repo}",
    "subscriptions_url": "/subscriptions",
    "organizations_url": "/orgs",
    "repos_url": "/repos",
    "events_url": "/events{/privacy}",
    "received_events_url": "/received_events",
}


def user(call: Call, login: str = BOT) -> Facts:
    """A ``simple-user``."""
    base = f"{call.api}/users/{login}"
    return {
        "login": login,
        "id": steady_id(login),
        "node_id": node_id("User", login),
        "avatar_url": f"{WEB}/{login}.png",
        "gravatar_id": "",
        "url": base,
        "html_url": f"{WEB}/{login}",
        **{name: base + place for name, place in _USER_ADDRESSES.items()},
        "type": "Bot" if login.endswith("[bot]") else "User",
        "site_admin": False,
    }


_REPOSITORY_ADDRESSES = {
    "archive_url": "/{archive_format}{/ref}",
    "assignees_url": "/assignees{/user}",
    "blobs_url": "/git/blobs{/sha}",
    "branches_url": "/branches{/branch}",
    "collaborators_url": "/collaborators{/collaborator}",
    "comments_url": "/comments{/number}",
    "commits_url": "/commits{/sha}",
    "compare_url": "/compare/{base}...{head}",
    "contents_url": "/contents/{+path}",
    "contributors_url": "/contributors",
    "deployments_url": "/deployments",
    "downloads_url": "/downloads",
    "events_url": "/events",
    "forks_url": "/forks",
    "git_commits_url": "/git/commits{/sha}",
    "git_refs_url": "/git/refs{/sha}",
    "git_tags_url": "/git/tags{/sha}",
    "hooks_url": "/hooks",
    "issue_comment_url": "/issues/comments{/number}",
    "issue_events_url": "/issues/events{/number}",
    "issues_url": "/issues{/number}",
    "keys_url": "/keys{/key_id}",
    "labels_url": "/labels{/name}",
    "languages_url": "/languages",
    "merges_url": "/merges",
    "milestones_url": "/milestones{/number}",
    "notifications_url": "/notifications{?since,all,participating}",
    "pulls_url": "/pulls{/number}",
    "releases_url": "/releases{/id}",
    "stargazers_url": "/stargazers",
    "statuses_url": "/statuses/{sha}",
    "subscribers_url": "/subscribers",
    "subscription_url": "/subscription",
    "tags_url": "/tags",
    "teams_url": "/teams",
    "trees_url": "/git/trees{/sha}",
}


def short_repository(repository: NamedRepository, call: Call) -> Facts:
    """A ``minimal-repository``."""
    base = call.at(repository.name)
    return {
        "id": steady_id(repository.name),
        "node_id": node_id("Repository", repository.name),
        "name": repository.name.partition("/")[2],
        "full_name": repository.name,
        "owner": user(call, repository.owner),
        "private": False,
        "html_url": f"{WEB}/{repository.name}",
        "description": None,
        "fork": False,
        "url": base,
        "default_branch": repository.default_branch,
        **{name: base + place for name, place in _REPOSITORY_ADDRESSES.items()},
    }


def repository_of(repository: NamedRepository, call: Call) -> Facts:
    """A ``full-repository``."""
    web = f"{WEB}/{repository.name}"
    return {
        **short_repository(repository, call),
        **dict.fromkeys((*_COUNTS, *_MORE_COUNTS), 0),
        **dict.fromkeys(_HAS, True),
        **dict.fromkeys(("homepage", "language", "mirror_url", "license")),
        **dict.fromkeys(("archived", "disabled"), False),
        "visibility": "public",
        "clone_url": f"{web}.git",
        "git_url": f"git://github.com/{repository.name}.git",
        "ssh_url": f"git@github.com:{repository.name}.git",
        "svn_url": web,
        **dict.fromkeys(("pushed_at", "created_at", "updated_at"), now()),
        "permissions": {"admin": False, "maintain": False, "push": True, "triage": True, "pull": True},
    }


def workflow(repository: NamedRepository, call: Call, file: str, name: str) -> Facts:
    """A ``workflow``; ``file`` is its path within the repository."""
    number = steady_id(file)
    base = f"{WEB}/{repository.name}"
    return {
        "id": number,
        "node_id": node_id("Workflow", number),
        "name": name,
        "path": file,
        "state": "active",
        "created_at": now(),
        "updated_at": now(),
        "url": call.at(repository.name, f"/actions/workflows/{number}"),
        "html_url": f"{base}/blob/{repository.default_branch}/{file}",
        "badge_url": f"{base}/workflows/{name}/badge.svg",
    }


def deployment(repository: NamedRepository, call: Call, row: Facts) -> Facts:
    """A ``deployment``; ``row`` has its ``id``, ``environment``, ``created_at`` and what else is told as it is."""
    at = call.at(repository.name, f"/deployments/{row['id']}")
    return {
        **row,
        "node_id": node_id("Deployment", row["id"]),
        "url": at,
        "statuses_url": f"{at}/statuses",
        "repository_url": call.at(repository.name),
        "original_environment": row["environment"],
        "creator": user(call),
        "updated_at": row["created_at"],
    }
