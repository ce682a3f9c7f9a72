# Makes the reference values of this folder: Rscript references.R, with R's packages cluster and mclust.
# Sources: cluster (Maechler et al.), mclust (Scrucca, Fop, Murphy, Raftery), R's data sets faithful and iris.

suppressPackageStartupMessages({library(cluster); library(mclust)})
options(digits = 17)
write <- function(x, name) write.csv(x, name, row.names = FALSE)

# clusGap on small data, with the very references that it draws: they are drawn again from the same seed
set.seed(7)
n <- 40; B <- 6; K <- 5
x <- rbind(matrix(rnorm(n, 0, 0.5), ncol = 2), matrix(rnorm(n, 2.5, 0.7), ncol = 2))
cluster_best <- function(x, k) kmeans(x, k, nstart = 200, iter.max = 100)
set.seed(11)
xs <- scale(x, center = TRUE, scale = FALSE)
V <- svd(xs, nu = 0)$v
range_of <- apply(xs %*% V, 2, range)
draws <- vector("list", B)
state <- NULL
# clusGap draws a reference, then fits it: the fits draw, too, so each reference is drawn and fitted here
logWk <- function(x, k) {
  g <- if (k > 1) cluster_best(x, k)$cluster else rep.int(1L, nrow(x))
  log(0.5 * sum(vapply(split(seq_len(nrow(x)), g), function(I) sum(dist(x[I, , drop = FALSE])^2 / length(I)), 0)))
}
set.seed(11)
gap <- clusGap(x, cluster_best, K.max = K, B = B, d.power = 2, spaceH0 = "scaledPCA", verbose = FALSE)
set.seed(11)
for (k in 1:K) logWk(x, k)
m <- rep(attr(xs, "scaled:center"), each = nrow(x))
logs <- matrix(0, B, K)
for (b in 1:B) {
  z1 <- apply(range_of, 2, function(M, nn) runif(nn, min = M[1], max = M[2]), nn = nrow(x))
  draws[[b]] <- tcrossprod(z1, V) + m
  for (k in 1:K) logs[b, k] <- logWk(draws[[b]], k)
}
stopifnot(isTRUE(all.equal(colMeans(logs), unname(gap$Tab[, "E.logW"]), tolerance = 1e-12)))
write(x, "gap_rows.csv")
write(do.call(rbind, lapply(1:B, function(b) cbind(reference = b, draws[[b]]))), "gap_references.csv")
write(cbind(k = 1:K, gap$Tab), "gap.csv")

# silhouettes of iris, by cluster::silhouette
X <- as.matrix(iris[, 1:4])
rows <- NULL
for (k in 2:5) {
  set.seed(1)
  g <- cluster_best(X, k)$cluster
  rows <- rbind(rows, cbind(k = k, row = 0:149, label = g - 1, silhouette = silhouette(g, dist(X))[, 3]))
}
write(rows, "silhouette.csv")

# BIC and ICL of mclust, signs as it has them: higher is better; parameters, so that both can be taken at them
models <- c(full = "VVV", tied = "EEE", diag = "VVI", spherical = "VII")
criteria <- NULL
for (data in c("faithful", "iris")) {
  X <- as.matrix(if (data == "faithful") faithful else iris[, 1:4])
  for (type in names(models)) for (k in 1:5) {
    fit <- suppressWarnings(Mclust(X, k, modelNames = if (k == 1 && type == "full") "XXX" else models[[type]],
                                   control = emControl(tol = c(1e-12, 1e-12)), verbose = FALSE))
    if (is.null(fit)) next
    criteria <- rbind(criteria, data.frame(data = data, type = type, k = k, bic = fit$bic, icl = icl(fit),
      loglik = fit$loglik, df = fit$df,
      weights = paste(format(if (is.null(fit$parameters$pro)) 1 else fit$parameters$pro, digits = 17), collapse = " "),
      means = paste(format(as.vector(fit$parameters$mean), digits = 17), collapse = " "),
      covariances = paste(format(as.vector(fit$parameters$variance$sigma), digits = 17), collapse = " ")))
  }
}
write(criteria, "mclust.csv")
