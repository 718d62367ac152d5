//! The tree: known RFC 6962 vectors, and properties against ct-merkle as the oracle.

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use ledger::{
    Frontier, FrontierError, Hash, ProofError, Tree, empty_root, leaf_hash, verify_consistency,
    verify_inclusion,
};
use proptest::prelude::*;
use sha2::Sha256;

/// The eight leaves of Certificate Transparency's reference tests, and the root at each size.
const VECTORS: [(&str, &str); 8] = [
    ("", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
    ("00", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
    ("10", "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
    ("2021", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
    ("3031", "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"),
    ("40414243", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"),
    ("5051525354555657", "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"),
    ("606162636465666768696a6b6c6d6e6f", "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
];

fn known_leaves() -> Vec<Hash> {
    VECTORS.iter().map(|(leaf, _)| leaf_hash(&hex::decode(leaf).unwrap())).collect()
}

fn leaves(count: u64) -> Vec<Hash> {
    (0..count).map(|leaf| leaf_hash(&leaf.to_be_bytes())).collect()
}

fn tree(count: u64) -> Tree {
    leaves(count).into_iter().collect()
}

fn oracle(count: u64) -> MemoryBackedTree<Sha256, Vec<u8>> {
    let mut tree = MemoryBackedTree::new();
    (0..count).for_each(|leaf| tree.push(leaf.to_be_bytes().to_vec()));
    tree
}

fn joined(proof: &[Hash]) -> Vec<u8> {
    proof.iter().flat_map(|hash| hash.0).collect()
}

#[test]
fn roots_of_the_known_vectors() {
    assert_eq!(empty_root().to_string(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    let (mut frontier, mut tree) = (Frontier::new(), Tree::new());
    assert_eq!((frontier.root(), tree.root()), (empty_root(), empty_root()));
    for (leaf, (_, root)) in known_leaves().into_iter().zip(VECTORS) {
        frontier.push(leaf);
        tree.push(leaf);
        assert_eq!((frontier.root().to_string().as_str(), tree.root().to_string().as_str()), (root, root));
    }
    for (index, (_, root)) in VECTORS.iter().enumerate() {
        assert_eq!(tree.root_at(index as u64 + 1).unwrap().to_string(), *root);
    }
    assert_eq!(tree.root_at(9), None);
}

#[test]
fn proofs_of_the_known_vectors() {
    let tree: Tree = known_leaves().into_iter().collect();
    let short =
        |proof: Vec<Hash>| proof.iter().map(|hash| hash.to_string()[..8].to_owned()).collect::<Vec<_>>();
    assert_eq!(short(tree.inclusion_proof(0, 8).unwrap()), ["96a296d2", "5f083f0a", "6b47aaf2"]);
    assert_eq!(short(tree.inclusion_proof(5, 8).unwrap()), ["bc1a0643", "ca854ea1", "d37ee418"]);
    assert_eq!(short(tree.inclusion_proof(2, 3).unwrap()), ["fac54203"]);
    assert_eq!(short(tree.inclusion_proof(1, 5).unwrap()), ["6e340b9c", "5f083f0a", "bc1a0643"]);
    assert!(tree.consistency_proof(1, 1).unwrap().is_empty());
    assert_eq!(short(tree.consistency_proof(1, 8).unwrap()), ["96a296d2", "5f083f0a", "6b47aaf2"]);
    assert_eq!(short(tree.consistency_proof(6, 8).unwrap()), ["0ebc5d34", "ca854ea1", "d37ee418"]);
    assert_eq!(short(tree.consistency_proof(2, 5).unwrap()), ["5f083f0a", "bc1a0643"]);
}

#[test]
fn all_proofs_of_small_trees_agree_with_the_oracle() {
    let ours = tree(70);
    for new in 1..=70 {
        let theirs = oracle(new);
        let root = ours.root_at(new).unwrap();
        assert_eq!(root.0.as_slice(), theirs.root().as_bytes().as_slice());
        for index in 0..new {
            let proof = ours.inclusion_proof(index, new).unwrap();
            assert_eq!(joined(&proof), theirs.prove_inclusion(index as usize).as_bytes());
            verify_inclusion(&ours.leaf(index).unwrap(), index, new, &proof, &root).unwrap();
        }
        for old in 1..=new {
            let proof = ours.consistency_proof(old, new).unwrap();
            assert_eq!(joined(&proof), theirs.prove_consistency((new - old) as usize).as_bytes());
            verify_consistency(old, &ours.root_at(old).unwrap(), new, &root, &proof).unwrap();
        }
    }
}

#[test]
fn every_flipped_bit_of_a_proof_is_refused() {
    let tree = tree(21);
    for (old, new) in [(1, 21), (7, 20), (8, 21), (16, 17)] {
        let (old_root, new_root) = (tree.root_at(old).unwrap(), tree.root_at(new).unwrap());
        let proof = tree.consistency_proof(old, new).unwrap();
        let included = tree.inclusion_proof(old, new).unwrap();
        let leaf = tree.leaf(old).unwrap();
        for bit in 0..proof.len() * 256 {
            let wrong = verify_consistency(old, &old_root, new, &new_root, &flip(&proof, bit));
            assert_eq!(wrong, Err(ProofError::Root));
        }
        for bit in 0..included.len() * 256 {
            let wrong = verify_inclusion(&leaf, old, new, &flip(&included, bit), &new_root);
            assert_eq!(wrong, Err(ProofError::Root));
        }
    }
}

fn flip(proof: &[Hash], bit: usize) -> Vec<Hash> {
    let mut proof = proof.to_vec();
    proof[bit / 256].0[bit % 256 / 8] ^= 1 << (bit % 8);
    proof
}

#[test]
fn what_there_is_no_proof_of() {
    let tree = tree(5);
    assert_eq!(tree.inclusion_proof(5, 5), None);
    assert_eq!(tree.inclusion_proof(0, 6), None);
    assert_eq!(tree.inclusion_proof(0, 0), None);
    assert_eq!(tree.consistency_proof(4, 3), None);
    assert_eq!(tree.consistency_proof(4, 6), None);
    assert_eq!(tree.consistency_proof(0, u64::MAX), None);
    let root = tree.root();
    assert_eq!(verify_inclusion(&root, 5, 5, &[], &root), Err(ProofError::Outside));
    assert_eq!(verify_inclusion(&root, 0, 0, &[], &root), Err(ProofError::Outside));
    assert_eq!(verify_consistency(6, &root, 5, &root, &[]), Err(ProofError::Outside));
    assert_eq!(verify_consistency(5, &root, 5, &root, &[root]), Err(ProofError::Length));
    assert_eq!(verify_consistency(3, &root, 5, &root, &[]), Err(ProofError::Length));
    assert_eq!(verify_consistency(0, &root, 5, &root, &[]), Err(ProofError::Root));
    assert_eq!(verify_consistency(0, &empty_root(), 5, &root, &[]), Ok(()));
    assert_eq!(verify_consistency(0, &empty_root(), 0, &empty_root(), &[]), Ok(()));
    assert_eq!(verify_consistency(0, &root, 0, &root, &[]), Err(ProofError::Root));
}

#[test]
fn frontier_bytes_that_are_refused() {
    let mut three = Frontier::new();
    leaves(3).into_iter().for_each(|leaf| three.push(leaf));
    let bytes = three.to_bytes();
    assert_eq!(Frontier::from_bytes(&[0; 7]), Err(FrontierError::NoSize));
    for wrong in [&bytes[..bytes.len() - 1], &bytes[..40], &[bytes.as_slice(), &[0]].concat()] {
        let found = wrong.len() - 8;
        assert_eq!(Frontier::from_bytes(wrong), Err(FrontierError::Length { size: 3, expected: 2, found }));
    }
}

fn hash() -> impl Strategy<Value = Hash> {
    any::<[u8; 32]>().prop_map(Hash)
}

proptest! {
    #![proptest_config(crate::cases(96))]

    #[test]
    fn large_trees_agree_with_the_oracle(new in 71_u64..1500, part in any::<[u64; 2]>()) {
        let (ours, theirs) = (tree(new), oracle(new));
        let (index, old) = (part[0] % new, part[1] % new + 1);
        let root = ours.root();
        prop_assert_eq!(root.0.as_slice(), theirs.root().as_bytes().to_vec());
        let included = ours.inclusion_proof(index, new).unwrap();
        prop_assert_eq!(joined(&included), theirs.prove_inclusion(index as usize).as_bytes().to_vec());
        let consistent = ours.consistency_proof(old, new).unwrap();
        prop_assert_eq!(joined(&consistent), theirs.prove_consistency((new - old) as usize).as_bytes().to_vec());
        let old_root = ours.root_at(old).unwrap();
        prop_assert_eq!(old_root.0.as_slice(), oracle(old).root().as_bytes().to_vec());
        prop_assert_eq!(verify_inclusion(&ours.leaf(index).unwrap(), index, new, &included, &root), Ok(()));
        prop_assert_eq!(verify_consistency(old, &old_root, new, &root, &consistent), Ok(()));
    }

    #[test]
    fn frontier_survives_its_bytes(first in 0_u64..600, more in 0_u64..40) {
        let mut frontier = Frontier::new();
        let leaves = leaves(first + more);
        leaves[..first as usize].iter().for_each(|leaf| frontier.push(*leaf));
        let mut again = Frontier::from_bytes(&frontier.to_bytes()).unwrap();
        prop_assert_eq!(&again, &frontier);
        leaves[first as usize..].iter().for_each(|leaf| again.push(*leaf));
        prop_assert_eq!(again.size(), first + more);
        prop_assert_eq!(again.root(), leaves.into_iter().collect::<Tree>().root());
    }

    #[test]
    fn hostile_proofs_neither_pass_nor_panic(
        leaf in hash(), root in hash(), sizes in any::<[u64; 2]>(), small in any::<bool>(),
        proof in proptest::collection::vec(hash(), 0..70),
    ) {
        let [a, b] = if small { sizes.map(|size| size % 40) } else { sizes };
        prop_assert!(verify_inclusion(&leaf, a, b, &proof, &root).is_err());
        prop_assert!(verify_consistency(a, &leaf, b, &root, &proof).is_err());
    }

    #[test]
    fn hostile_frontiers_do_not_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(mut frontier) = Frontier::from_bytes(&bytes) {
            prop_assert_eq!(frontier.to_bytes(), bytes);
            frontier.root();
            frontier.push(empty_root());
        }
    }
}
