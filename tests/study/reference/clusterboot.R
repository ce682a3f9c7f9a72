# Writes clusterboot.csv: the stability that fpc gives, which tests/study/test_stability.py compares with.
# Run as: Rscript clusterboot.R, in this folder; it has the rows in blobs.csv, and R has the others.
library(fpc)

sets <- list(
  list(name = "old faithful", rows = as.matrix(faithful), k = c(2, 3, 4)),
  list(name = "iris", rows = as.matrix(iris[, 1:4]), k = c(2, 3, 4)),
  list(name = "blobs", rows = as.matrix(read.csv("blobs.csv")), k = c(3, 4, 5))
)

table <- NULL
for (set in sets) for (k in set$k) {
  set.seed(0)
  boot <- clusterboot(
    set$rows, B = 1000, bootmethod = "subset", subtuning = floor(nrow(set$rows) / 2),
    clustermethod = kmeansCBI, krange = k, runs = 20, scaling = FALSE, seed = 1, count = FALSE
  )
  for (j in 1:k) {
    own <- boot$partition == j
    jaccard <- boot$subsetresult[j, ]
    table <- rbind(table, data.frame(
      data = set$name, k = k, rows = sum(own), first = mean(set$rows[own, 1]),
      jaccard = mean(jaccard), error = sd(jaccard) / sqrt(length(jaccard))
    ))
  }
}
table$version <- paste0("fpc ", packageVersion("fpc"), " with R ", getRversion())
write.csv(format(table, digits = 6), "clusterboot.csv", row.names = FALSE, quote = FALSE)
